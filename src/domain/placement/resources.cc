#include "domain/placement/resources.h"

#include <algorithm>

namespace orc {

void add(Resources& to, const Resources& more, std::int64_t times) {
  to.cpus += more.cpus * static_cast<double>(times);
  to.memory_mb += more.memory_mb * times;
  to.gpus += more.gpus * times;
  for (const auto& [name, amount] : more.custom) to.custom[name] += amount * times;
}

bool is_placement_name(std::string_view text) {
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= placement_name_length_max && is_word(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_word(c) || std::string_view("._-/").contains(c); });
}

}  // namespace orc
