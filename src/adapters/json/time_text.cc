#include "adapters/json/time_text.h"

#include <chrono>

namespace orc {
namespace {

// Reads the fixed columns of a date-time from the front of a text.
class Columns {
 public:
  explicit Columns(std::string_view text) : rest_(text) {}

  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  bool skip(std::string_view any_of) {
    if (rest_.empty() || !any_of.contains(rest_.front())) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Digits after the point, at least one; the first three count.
  std::optional<int> milliseconds() {
    int value = 0;
    int count = 0;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1), ++count) {
      if (count < 3) value = value * 10 + (rest_.front() - '0');
    }
    if (count == 0) return std::nullopt;
    for (; count < 3; ++count) value *= 10;
    return value;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::optional<std::chrono::minutes> parse_offset(Columns& columns) {
  if (columns.skip("Zz")) return std::chrono::minutes{0};
  const bool east = columns.skip("+");
  if (!east && !columns.skip("-")) return std::nullopt;
  const auto hours = columns.digits(2);
  if (!hours || *hours > 23 || !columns.skip(":")) return std::nullopt;
  const auto minutes = columns.digits(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset{*hours * 60 + *minutes};
  return east ? offset : -offset;
}

}  // namespace

std::optional<Timestamp> parse_time_text(std::string_view text) {
  Columns columns(text);
  const auto year = columns.digits(4);
  if (!year || !columns.skip("-")) return std::nullopt;
  const auto month = columns.digits(2);
  if (!month || !columns.skip("-")) return std::nullopt;
  const auto day = columns.digits(2);
  if (!day || !columns.skip("Tt ")) return std::nullopt;
  const auto hour = columns.digits(2);
  if (!hour || *hour > 23 || !columns.skip(":")) return std::nullopt;
  const auto minute = columns.digits(2);
  if (!minute || *minute > 59 || !columns.skip(":")) return std::nullopt;
  const auto second = columns.digits(2);
  if (!second || *second > 60) return std::nullopt;
  const auto fraction = columns.skip(".") ? columns.milliseconds() : std::optional(0);
  if (!fraction) return std::nullopt;
  const auto offset = parse_offset(columns);
  if (!offset || !columns.at_end()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} - *offset + std::chrono::seconds{*second} +
         std::chrono::milliseconds{*fraction};
}

std::string time_text(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::string text;
  text.reserve(24);
  const auto append = [&text](std::int64_t number, int width, char after) {
    std::string digits(static_cast<std::size_t>(width), '0');
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, number /= 10) *digit = static_cast<char>('0' + number % 10);
    text += digits;
    text += after;
  };
  append(static_cast<int>(date.year()), 4, '-');
  append(static_cast<unsigned>(date.month()), 2, '-');
  append(static_cast<unsigned>(date.day()), 2, 'T');
  append(clock.hours().count(), 2, ':');
  append(clock.minutes().count(), 2, ':');
  append(clock.seconds().count(), 2, '.');
  append(clock.subseconds().count(), 3, 'Z');
  return text;
}

}  // namespace orc
