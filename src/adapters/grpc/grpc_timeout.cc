#include "adapters/grpc/grpc_timeout.h"

#include <algorithm>
#include <cstdint>

namespace orc {
namespace {

constexpr std::size_t digits_max = 8;

std::optional<std::chrono::nanoseconds> unit_of(char sign) {
  using namespace std::chrono_literals;
  switch (sign) {
    case 'H':
      return 1h;
    case 'M':
      return 1min;
    case 'S':
      return 1s;
    case 'm':
      return 1ms;
    case 'u':
      return 1us;
    case 'n':
      return 1ns;
    default:
      return {};
  }
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_grpc_timeout(std::string_view field, std::chrono::nanoseconds most) {
  if (field.size() < 2 || field.size() > digits_max + 1) return {};
  const auto unit = unit_of(field.back());
  field.remove_suffix(1);
  if (!unit || !std::ranges::all_of(field, [](char c) { return c >= '0' && c <= '9'; })) return {};
  std::int64_t count = 0;
  for (const char digit : field) count = count * 10 + (digit - '0');
  // Without the division 99999999H would leave 64 bits of nanoseconds.
  return count > most / *unit ? most : std::chrono::nanoseconds{count * *unit};
}

}  // namespace orc
