#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/docker/container_order.h"
#include "adapters/docker/engine_client.h"
#include "adapters/docker/engine_images.h"
#include "adapters/docker/inside_stream.h"
#include "adapters/sandbox/live_run.h"
#include "adapters/sandbox/plugin_input.h"
#include "ports/blob_store.h"
#include "ports/clock.h"
#include "ports/cluster.h"

namespace orc {

// What a ContainerRun works with. All outlive it.
struct ContainerPorts {
  EngineClient& engine;
  BlobKeeper& blobs;
  Clock& clock;
};

struct ContainerBounds {
  std::chrono::milliseconds pull_patience;  // for each part of a pull
  std::uint64_t input_blob_bytes_max = 0;   // of all files in one run's ORC_INPUT_DIR
  Isolation isolation = Isolation::container;
  std::string launcher;  // that the engine sees, to be the first process of containers; empty: none (container_order.h)
};

// ContainerRun is one run of an image, from its image to its end: a container of its own is made, given the input, watched and ended.
// Whoever made the run removes the container, which may be there as soon as may_have_container() says so. All on one executor that runs one
// handler at a time.
class ContainerRun : public std::enable_shared_from_this<ContainerRun> {
 public:
  ContainerRun(boost::asio::any_io_executor executor, ContainerPorts ports, const ContainerBounds& bounds, ContainerMark mark,
               PluginRun run);
  ContainerRun(const ContainerRun&) = delete;
  ContainerRun& operator=(const ContainerRun&) = delete;

  // Ends when the container has ended, or the engine is lost. Once only. The shared pointer keeps this object alive meanwhile.
  static boost::asio::awaitable<PluginOutcome> finish(std::shared_ptr<ContainerRun> self);

  // Asks the plugin to end, and kills it after `grace`, or after its own if that is shorter. The first reason stays, unless the plugin has
  // ended and what it left is being kept; a shorter grace counts if it is none.
  void stop(StopReason reason, std::chrono::milliseconds grace);

  bool may_have_container() const { return may_have_container_; }

 private:
  // ordered: our process in the container is to kill all others there; collecting: it has, and sends what the plugin left.
  enum class Stage : std::uint8_t { preparing, running, asked, ordered, collecting, killed, lost, ended };

  boost::asio::awaitable<PluginOutcome> go();
  Async<void> prepare();
  Async<void> put_input_files(const PluginInput& input);
  Async<void> start();
  boost::asio::awaitable<PluginOutcome> attend();
  boost::asio::awaitable<void> take_output();
  boost::asio::awaitable<void> give_input();
  boost::asio::awaitable<void> watch_usage();
  boost::asio::awaitable<void> await_end();
  boost::asio::awaitable<void> send_signal(std::string_view signal);
  Async<void> learn_end();
  PluginOutcome outcome_of(Error problem) const;
  void take_piece(LogStream stream, std::string_view piece);
  void take_from_plugin(std::string_view output);
  boost::asio::awaitable<void> take_files();
  boost::asio::awaitable<void> keep(CollectedFiles::File file);
  std::chrono::milliseconds patience_at_the_end() const;
  void begin_collecting();
  void end_collecting();
  bool files_come() const { return inside_ && inside_->end() && wants_files_ && !inside_->collected().is_complete(); }
  // More comes than anybody is told of. What comes after the plugin's end is bounded by itself.
  bool was_flooded() { return end_.log.is_cut() || (inside_ && inside_->take_brought_progress()); }
  void tell_pull(const std::string& line);
  void tell_news();
  void tell(const Progress& progress) const {
    if (run_.observer != nullptr) run_.observer->progressed(progress);
  }
  void signal(std::string_view name);
  void wake_after(std::chrono::milliseconds delay);
  void on_time();
  std::string target(std::string_view act) const;

  // Constant after construction.
  const boost::asio::any_io_executor executor_;
  const ContainerPorts ports_;
  const ContainerBounds bounds_;
  const ContainerMark mark_;
  const PluginRun run_;
  const std::size_t output_bytes_max_;

  boost::asio::steady_timer timer_;
  Stage stage_ = Stage::preparing;
  std::chrono::steady_clock::time_point started_;  // of the plugin
  bool may_have_container_ = false;
  HangUp image_call_, wait_call_, stats_call_;
  std::unique_ptr<EngineStream> stream_;
  std::optional<InsideStream> inside_;  // where our process is the first one: of what it writes
  bool wants_files_ = true;
  bool is_keeping_ = false;  // one of them
  std::string image_;        // its digest, once it is known
  std::string input_;
  std::int64_t input_file_bytes_ = 0;
  std::vector<LogLine> pull_log_;  // before what the plugin says
  std::size_t lines_told_ = 0;     // of the plugin's
  std::optional<Error> problem_;   // why the end is not known
  bool ran_out_of_memory_ = false;
  Usage usage_;
  RunEnd end_;
};

}  // namespace orc
