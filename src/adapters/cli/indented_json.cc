#include "adapters/cli/indented_json.h"

#include <algorithm>

namespace orc {
namespace {

constexpr std::string_view blanks = " \t\r\n";

class Indentation {
 public:
  std::vector<std::string> run(std::string_view json) {
    for (std::size_t at = 0; at < json.size(); ++at) {
      const char c = json[at];
      if (c == '"') {
        const std::size_t end = end_of_string(json, at);
        lines_.back() += json.substr(at, end - at);
        at = end - 1;
      } else if (!blanks.contains(c)) {
        take(c, json.substr(at + 1));
      }
    }
    return std::move(lines_);
  }

 private:
  static std::size_t end_of_string(std::string_view json, std::size_t from) {
    std::size_t at = from + 1;
    while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
    return std::min(at + 1, json.size());
  }

  void take(char c, std::string_view rest) {
    const bool is_end = c == '}' || c == ']';
    if (is_end && !open_.empty()) {
      const bool has_lines = open_.back() == '{';
      open_.pop_back();
      if (has_lines) begin_line();
    }
    lines_.back() += c;
    if (c == ':' || (c == ',' && !is_in_object())) lines_.back() += ' ';
    if (c == ',' && is_in_object()) begin_line();
    if (c != '{' && c != '[') return;
    const auto next = rest.find_first_not_of(blanks);
    const bool is_empty = next != std::string_view::npos && rest[next] == '}';
    open_ += is_empty ? '[' : c;  // "{}" stays in its line, as a list does
    if (is_in_object()) begin_line();
  }

  bool is_in_object() const { return open_.ends_with('{'); }

  void begin_line() {
    std::size_t depth = 0;
    for (const char bracket : open_) depth += bracket == '{' ? 1 : 0;
    lines_.emplace_back(2 * depth, ' ');
  }

  std::vector<std::string> lines_{""};
  std::string open_;
};

}  // namespace

std::vector<std::string> indented_lines(std::string_view json) { return Indentation().run(json); }

}  // namespace orc
