#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "domain/payload.h"
#include "domain/time.h"

namespace orc::postgres {

// Anything that travels as a number: integers, enumerations and strong ids.
template <typename T>
concept Numeric = (std::is_integral_v<T> && !std::is_same_v<T, bool>) || std::is_enum_v<T>;

// A value for a bytea column; text goes as a string.
struct Bytes {
  std::string_view view;
};

// The types that values are sent as; numbers of PostgreSQL's pg_type, the same in every release.
enum class TypeOid : std::uint32_t {
  boolean = 16,
  bytea = 17,
  int8 = 20,
  text = 25,
  float8 = 701,
  timestamptz = 1184,
};

// How one value is written in PostgreSQL's binary format. Text that PostgreSQL would refuse (bytes that are no UTF-8, NUL) is mended with
// U+FFFD: it is for people.
namespace wire {
void append_int32(std::string& to, std::int32_t value);
void append(std::string& to, std::int64_t value);
void append(std::string& to, bool value);
void append(std::string& to, double value);
void append(std::string& to, Timestamp value);
void append(std::string& to, std::string_view value);
void append(std::string& to, Bytes value);
inline void append(std::string& to, const ContentHash& value) {
  append(to, Bytes{{reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()}});
}
template <Numeric T>
void append(std::string& to, T value) {
  append(to, static_cast<std::int64_t>(value));
}
TypeOid array_of(TypeOid element);

template <typename T>
constexpr TypeOid type_of() {
  if constexpr (std::is_same_v<T, bool>) {
    return TypeOid::boolean;
  } else if constexpr (Numeric<T>) {
    return TypeOid::int8;
  } else if constexpr (std::is_same_v<T, double>) {
    return TypeOid::float8;
  } else if constexpr (std::is_same_v<T, Timestamp>) {
    return TypeOid::timestamptz;
  } else if constexpr (std::is_same_v<T, Bytes> || std::is_same_v<T, ContentHash>) {
    return TypeOid::bytea;
  } else {
    static_assert(std::is_convertible_v<T, std::string_view>);
    return TypeOid::text;
  }
}
}  // namespace wire

// Parameters are the values of one execution of a statement, $1 first: numbers as int8, texts, times, bytes, booleans; std::optional for
// NULL; std::vector of either for an array. Copies everything.
class Parameters {
 public:
  template <typename... Values>
  explicit Parameters(const Values&... values) {
    types_.reserve(sizeof...(values));
    values_.reserve(sizeof...(values));
    (add(values), ...);
  }

  struct Value {
    bool is_null = false;
    std::string bytes;
  };

  const std::vector<TypeOid>& types() const { return types_; }
  const std::vector<Value>& values() const { return values_; }

 private:
  template <typename T>
  void add(const T& value) {
    types_.push_back(wire::type_of<T>());
    wire::append(values_.emplace_back().bytes, value);
  }
  template <typename T>
  void add(const std::optional<T>& value) {
    types_.push_back(wire::type_of<T>());
    values_.emplace_back();
    if (value) {
      wire::append(values_.back().bytes, *value);
    } else {
      values_.back().is_null = true;
    }
  }
  template <typename T>
  void add(const std::vector<T>& values) {
    array_head<T>(values.size());
    for (const T& value : values) element(value);
  }
  template <typename T>
  void add(const std::vector<std::optional<T>>& values) {
    array_head<T>(values.size());
    for (const auto& value : values) {
      if (value) {
        element(*value);
      } else {
        wire::append_int32(values_.back().bytes, -1);
      }
    }
  }

  template <typename T>
  void array_head(std::size_t size) {
    types_.push_back(wire::array_of(wire::type_of<T>()));
    start_array(values_.emplace_back().bytes, wire::type_of<T>(), size);
  }
  template <typename T>
  void element(const T& value) {
    std::string& to = values_.back().bytes;
    const std::size_t at = to.size();
    wire::append_int32(to, 0);
    wire::append(to, value);
    set_length(to, at);
  }
  static void start_array(std::string& to, TypeOid element, std::size_t size);
  static void set_length(std::string& to, std::size_t at);

  std::vector<TypeOid> types_;
  std::vector<Value> values_;
};

}  // namespace orc::postgres
