#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/job/artifact.h"

namespace orc {

// CollectedFiles reads what orc-launch sends of an output folder (launch/collection.h), however its bytes are cut. The plugin decides
// names and bytes, never the framing. Not thread-safe.
class CollectedFiles {
 public:
  struct File {
    std::string name;  // as the plugin called it
    std::string bytes;
  };

  // Takes of `bytes` what belongs to the next file and removes it from them; the file once it is complete. Call it until `bytes` is empty.
  std::optional<File> take(std::string_view& bytes);

  bool has_begun() const { return stage_ != Stage::before; }  // nothing of the plugin lives any more
  bool is_complete() const { return stage_ == Stage::complete; }
  // Entries that were not sent: no regular files, or beyond a limit.
  std::uint64_t left_out() const { return left_out_; }
  // The most memory that one of the plugin's processes held; 0: not told yet.
  std::int64_t peak_bytes() const { return peak_bytes_; }

 private:
  enum class Stage : std::uint8_t { before, header, name, content, peak, complete };

  std::optional<File> finish();
  // Appends up to `wanted` bytes in all to `to`; true once they are there.
  static bool gather(std::string& to, std::string_view& bytes, std::uint64_t wanted);
  void read_header();
  void read_peak();

  Stage stage_ = Stage::before;
  std::string header_;
  File file_;
  std::uint64_t name_bytes_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t left_out_ = 0;
  std::int64_t peak_bytes_ = 0;
};

}  // namespace orc
