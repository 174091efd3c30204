#include "adapters/json/json_decimal.h"

#include <algorithm>

namespace orc {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::int64_t exponent_max = 1'000'000'000'000'000;
constexpr std::int64_t exact_divisor_digits_max = 18;

std::int64_t parse_exponent(std::string_view text) {
  bool negative = false;
  if (text.front() == '+' || text.front() == '-') {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  std::int64_t value = 0;
  for (const char c : text) value = std::min(value * 10 + (c - '0'), exponent_max);
  return negative ? -value : value;
}

std::uint64_t power_of_ten_modulo(std::int64_t exponent, std::uint64_t modulus) {
  Wide result = 1 % modulus;
  Wide square = 10 % modulus;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = result * square % modulus;
    square = square * square % modulus;
  }
  return static_cast<std::uint64_t>(result);
}

}  // namespace

JsonDecimal::JsonDecimal(std::string_view number) {
  if (number.front() == '-') {
    negative_ = true;
    number.remove_prefix(1);
  }
  std::int64_t written_exponent = 0;
  if (const std::size_t e = number.find_first_of("eE"); e != std::string_view::npos) {
    written_exponent = parse_exponent(number.substr(e + 1));
    number = number.substr(0, e);
  }
  const std::size_t point = std::min(number.find('.'), number.size());
  whole_ = number.substr(0, point);
  fraction_ = point < number.size() ? number.substr(point + 1) : std::string_view();
  scale_ = static_cast<std::int64_t>(whole_.size()) + written_exponent;

  const auto drop_leading_zeros = [this](std::string_view& digits) {
    while (digits.starts_with('0')) {
      digits.remove_prefix(1);
      --scale_;
    }
  };
  drop_leading_zeros(whole_);
  if (whole_.empty()) drop_leading_zeros(fraction_);
  while (fraction_.ends_with('0')) fraction_.remove_suffix(1);
  if (fraction_.empty()) {
    while (whole_.ends_with('0')) whole_.remove_suffix(1);
  }
  if (is_zero()) {
    negative_ = false;
    scale_ = 0;
  }
}

unsigned JsonDecimal::digit(std::int64_t i) const {
  const auto at = static_cast<std::size_t>(i);
  return static_cast<unsigned>((at < whole_.size() ? whole_[at] : fraction_[at - whole_.size()]) - '0');
}

bool JsonDecimal::is_integer() const { return is_zero() || exponent() >= 0; }

std::optional<std::int64_t> JsonDecimal::as_int64() const {
  if (!is_integer() || scale_ > 19) return std::nullopt;
  Wide magnitude = 0;
  for (std::int64_t i = 0; i < scale_; ++i) magnitude = magnitude * 10 + (i < digit_count() ? digit(i) : 0);
  const Wide limit = (Wide{1} << 63) - (negative_ ? 0 : 1);
  if (magnitude > limit) return std::nullopt;
  const auto bits = static_cast<std::uint64_t>(magnitude);
  return static_cast<std::int64_t>(negative_ ? 0 - bits : bits);
}

std::strong_ordering JsonDecimal::operator<=>(const JsonDecimal& other) const {
  const auto sign = [](const JsonDecimal& d) { return d.is_zero() ? 0 : d.negative_ ? -1 : 1; };
  if (const auto order = sign(*this) <=> sign(other); order != 0 || is_zero()) return order;
  const JsonDecimal& a = negative_ ? other : *this;  // magnitudes of negative values compare the other way round
  const JsonDecimal& b = negative_ ? *this : other;
  if (const auto order = a.scale_ <=> b.scale_; order != 0) return order;
  const std::int64_t shared = std::min(a.digit_count(), b.digit_count());
  for (std::int64_t i = 0; i < shared; ++i) {
    if (const auto order = a.digit(i) <=> b.digit(i); order != 0) return order;
  }
  return a.digit_count() <=> b.digit_count();
}

std::size_t JsonDecimal::hash() const {
  std::uint64_t h = static_cast<std::uint64_t>(scale_) * 2 + (negative_ ? 1 : 0);
  for (std::int64_t i = 0; i < digit_count(); ++i) h = (h ^ digit(i)) * 0x100000001B3ULL;
  return h;
}

std::optional<bool> JsonDecimal::is_multiple_of(const JsonDecimal& divisor) const {
  if (divisor.is_zero()) return false;
  if (is_zero()) return true;
  // Neither number ends in a zero digit, so a divisor with the higher last place has a factor of ten that this value lacks.
  if (exponent() < divisor.exponent()) return false;
  if (divisor.digit_count() > exact_divisor_digits_max) return std::nullopt;
  std::uint64_t modulus = 0;
  for (std::int64_t i = 0; i < divisor.digit_count(); ++i) modulus = modulus * 10 + divisor.digit(i);
  Wide rest = 0;
  for (std::int64_t i = 0; i < digit_count(); ++i) rest = (rest * 10 + digit(i)) % modulus;
  return rest * power_of_ten_modulo(exponent() - divisor.exponent(), modulus) % modulus == 0;
}

}  // namespace orc
