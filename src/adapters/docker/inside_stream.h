#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/sandbox/collected_files.h"
#include "adapters/sandbox/progress_teller.h"
#include "domain/result.h"

namespace orc {

// How the plugin of a container ended, by the process of ours that is its first one.
struct InsideEnd {
  int exit_code = 0;
  std::chrono::milliseconds cpu{};
  std::int64_t peak_bytes = 0;
  bool ran_out_of_memory = false;
};

// InsideStream reads what orc-launch writes as a container's first process (launch/inside.h), however its bytes are cut. The plugin decides
// what is in the frames, never their limits. Keeps an unfinished header or file, and files that were not taken. Not thread-safe.
class InsideStream {
 public:
  // `take_output` is told the plugin's output in order, `take_progress` what it says of itself; on `executor`, which all calls come on.
  InsideStream(const boost::asio::any_io_executor& executor, std::function<void(std::string_view)> take_output,
               std::function<void(const Progress&)> take_progress)
      : take_output_(std::move(take_output)), progress_(executor, std::move(take_progress)) {}

  // Errors: unavailable, if the bytes cannot come from orc-launch. It is of no use after that.
  Result<void> add(std::string_view bytes, SteadyTime now);
  // No more bytes come.
  void finish();

  // Once nothing of the plugin lives any more.
  const std::optional<InsideEnd>& end() const { return end_; }
  // The next whole file of those that it left.
  std::optional<CollectedFiles::File> next_file();
  const CollectedFiles& collected() const { return collected_; }
  // Whether there was any progress since this was asked: it is told seldom, however often it comes.
  bool take_brought_progress() { return std::exchange(brought_progress_, false); }
  std::int64_t malformed_progress() const { return progress_.malformed(); }

 private:
  Result<void> read_header();
  Result<void> take(std::string_view bytes, SteadyTime now);
  Result<void> read_end();

  const std::function<void(std::string_view)> take_output_;
  std::string header_;       // so far
  std::uint32_t kind_ = 0;   // of the frame
  std::uint32_t left_ = 0;   // of it
  bool collecting_ = false;  // no more frames
  ProgressTeller progress_;
  bool brought_progress_ = false;
  std::string end_bytes_;  // so far
  std::optional<InsideEnd> end_;
  CollectedFiles collected_;
  std::deque<CollectedFiles::File> files_;
};

}  // namespace orc
