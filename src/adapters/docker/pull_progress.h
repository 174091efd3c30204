#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "adapters/json/json_value.h"
#include "domain/result.h"

namespace orc {

// Is told one line of what goes on.
using TellLine = std::function<void(const std::string& line)>;

// PullProgress makes lines for people of what an engine says while it pulls an image: one JSON object a line, several a second for each
// layer (Engine API, "Create an image"). A layer's line comes when it does something else, and with each further quarter of its bytes.
// Bounded: at most lines_max lines come, of layers_max layers. Not thread-safe.
class PullProgress {
 public:
  static constexpr std::size_t lines_max = 500;
  static constexpr std::size_t layers_max = 200;
  static constexpr std::size_t line_bytes_max = 64 * 1024;

  // Tells the lines that these bytes make. Errors: those of kind_of_failed_pull(), if the engine says that the pull failed, in its words;
  // unavailable, if what it says is not such a text.
  Result<void> add(std::string_view bytes, const TellLine& tell);

 private:
  struct Layer {
    std::string status;
    std::int64_t quarters = 0;
  };

  Result<void> read(std::string_view line, const TellLine& tell);
  void retell(JsonValue said, const TellLine& tell);

  std::string line_;  // the unfinished one
  std::map<std::string, Layer> layers_;
  std::size_t lines_ = 0;
};

}  // namespace orc
