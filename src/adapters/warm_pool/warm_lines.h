#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "adapters/json/json_document.h"
#include "domain/job/attempt.h"
#include "domain/job/run_report.h"

namespace orc {

// A request to a warm process; its number on the line. Never 0.
enum class WarmRequestId : std::int64_t {};

// What a warm process may say (contract section 12): one JSON object a line.
struct WarmReady {};
struct WarmOutput {
  WarmRequestId id{};
  std::string_view json;  // the bytes that came, within the line
};
struct WarmFailure {
  WarmRequestId id{};
  std::string message;           // never empty
  std::optional<int> exit_code;  // as if a program of mode once had ended so; 65: the input is bad
};
struct WarmProgress {
  WarmRequestId id{};
  Progress progress;
};
struct WarmLog {
  WarmRequestId id{};
  std::string text;
  LogStream stream = LogStream::out;
};
// Said of a request, but neither progress nor log as they must be: to be passed over.
struct WarmSlip {
  WarmRequestId id{};
};
using WarmLine = std::variant<WarmReady, WarmOutput, WarmFailure, WarmProgress, WarmLog, WarmSlip>;

inline bool is_answer(const WarmLine& line) {
  return std::holds_alternative<WarmOutput>(line) || std::holds_alternative<WarmFailure>(line);
}

inline constexpr std::size_t warm_message_bytes_max = 4 * 1024;  // of an error
// What a line may have beside the output that it carries.
inline constexpr std::size_t warm_line_overhead_max = 64 * 1024;

// WarmLineReader reads such lines, strictly. Keeps its memory from line to line. Not thread-safe.
class WarmLineReader {
 public:
  // `line` is without its newline, and must outlive the answer. Errors: invalid_argument: it is none of them, and says why.
  Result<WarmLine> read(std::string_view line);

 private:
  JsonDocument document_;
};

// {"id":…,"input":…,"context":…} and a newline, appended to `out`. Both are JSON; the input keeps its bytes, but for line breaks between
// its parts, which become spaces.
void append_warm_request(std::string& out, WarmRequestId id, std::string_view input, std::string_view context);

}  // namespace orc
