#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace orc {

// JsonDecimal is the exact value of a JSON number: ±0.d1d2d3… × 10^scale, without leading or trailing zeros among the digits.
// So 1, 1.0 and 10e-1 are equal, and 9007199254740993 is not 9007199254740992. Borrows the text; never allocates.
class JsonDecimal {
 public:
  // Precondition: `number` follows the grammar of RFC 8259 section 6. An exponent beyond ±10^15 counts as that.
  explicit JsonDecimal(std::string_view number);

  bool is_zero() const { return digit_count() == 0; }
  bool is_negative() const { return negative_; }  // never true of zero
  bool is_integer() const;
  // The value, when it is an integer of that range.
  std::optional<std::int64_t> as_int64() const;

  // Exact order of the values, whatever their size.
  std::strong_ordering operator<=>(const JsonDecimal& other) const;
  bool operator==(const JsonDecimal& other) const { return (*this <=> other) == 0; }
  // Equal for equal values.
  std::size_t hash() const;

  // Whether this value divided by `divisor` is an integer; false for a divisor of 0. Exact while the divisor has at most 18 significant
  // digits, otherwise nothing: the caller decides with doubles.
  std::optional<bool> is_multiple_of(const JsonDecimal& divisor) const;

 private:
  std::int64_t digit_count() const { return static_cast<std::int64_t>(whole_.size() + fraction_.size()); }
  unsigned digit(std::int64_t i) const;
  // Power of ten of the last digit.
  std::int64_t exponent() const { return scale_ - digit_count(); }

  bool negative_ = false;
  std::string_view whole_;     // the significant digits are whole_ then fraction_
  std::string_view fraction_;  //
  std::int64_t scale_ = 0;
};

}  // namespace orc
