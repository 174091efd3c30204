#include "adapters/cli/log_view.h"

#include <ostream>
#include <string>
#include <vector>

#include "adapters/cli/api_client.h"

namespace orc {
namespace {

struct Beginning {
  std::string number;
  std::string time;  // as the API writes it: such texts are in the order of time
};

std::vector<Beginning> beginnings_of(JsonValue attempts) {
  std::vector<Beginning> beginnings;
  if (const auto items = attempts.find("items"))
    for (const JsonValue attempt : items->elements())
      beginnings.push_back({.number = text_of(attempt, "number"), .time = text_of(attempt, "started_at")});
  return beginnings;
}

}  // namespace

void print_log(ClientContext& context, std::span<const JsonValue> lines, JsonValue attempts) {
  const auto beginnings = beginnings_of(attempts);
  std::size_t next = 0;
  bool is_first = true;
  for (const JsonValue& line : lines) {
    const std::size_t before = next;
    while (next < beginnings.size() && beginnings[next].time <= text_of(line, "t")) ++next;
    if (next > before && beginnings.size() > 1 && !(is_first && next == 1))
      context.out << coloured(context.terminal, Colour::grey, "--- attempt " + beginnings[next - 1].number + " ---") << "\n";
    context.out << printable_log_line(context.terminal, text_of(line, "text")) << "\n";
    is_first = false;
  }
}

}  // namespace orc
