#include "adapters/http/retry_after.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "adapters/http/http_grammar.h"

namespace orc {

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value) {
  value = http_grammar::trimmed(value);
  if (value.empty() || !http_grammar::all(value, http_grammar::digit)) return {};
  std::uint64_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc::result_out_of_range) return retry_after_max;
  return std::chrono::seconds{std::min<std::uint64_t>(seconds, retry_after_max.count())};
}

}  // namespace orc
