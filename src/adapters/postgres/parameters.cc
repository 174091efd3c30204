#include "adapters/postgres/parameters.h"

#include <bit>

#include "adapters/postgres/storable_text.h"
#include "domain/assert.h"

namespace orc::postgres {
namespace {

constexpr std::int64_t epoch_ms = 946'684'800'000;  // PostgreSQL counts from 2000-01-01, in microseconds

template <typename T>
void append_big_endian(std::string& to, T value) {
  for (int shift = static_cast<int>(sizeof value) * 8 - 8; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift);
}

}  // namespace

namespace wire {

void append_int32(std::string& to, std::int32_t value) { append_big_endian(to, static_cast<std::uint32_t>(value)); }
void append(std::string& to, std::int64_t value) { append_big_endian(to, static_cast<std::uint64_t>(value)); }
void append(std::string& to, bool value) { to += value ? '\1' : '\0'; }
void append(std::string& to, double value) { append_big_endian(to, std::bit_cast<std::uint64_t>(value)); }
void append(std::string& to, Timestamp value) { append(to, (to_ms(value) - epoch_ms) * 1000); }
void append(std::string& to, std::string_view value) {
  if (is_storable(value)) {
    to += value;
  } else {
    to += storable_text(value);
  }
}
void append(std::string& to, Bytes value) { to += value.view; }

TypeOid array_of(TypeOid element) {
  switch (element) {
    case TypeOid::boolean:
      return TypeOid{1000};
    case TypeOid::bytea:
      return TypeOid{1001};
    case TypeOid::int8:
      return TypeOid{1016};
    case TypeOid::text:
      return TypeOid{1009};
    case TypeOid::float8:
      return TypeOid{1022};
    case TypeOid::timestamptz:
      return TypeOid{1185};
  }
  ORC_ASSERT(false);
  return {};
}

}  // namespace wire

// Dimensions, whether there are NULLs (not looked at), the type of the elements; then size and lower bound of the one dimension.
void Parameters::start_array(std::string& to, TypeOid element, std::size_t size) {
  wire::append_int32(to, size > 0 ? 1 : 0);
  wire::append_int32(to, 1);
  wire::append_int32(to, static_cast<std::int32_t>(element));
  if (size == 0) return;
  wire::append_int32(to, static_cast<std::int32_t>(size));
  wire::append_int32(to, 1);
}

void Parameters::set_length(std::string& to, std::size_t at) {
  std::string length;
  wire::append_int32(length, static_cast<std::int32_t>(to.size() - at - sizeof(std::int32_t)));
  to.replace(at, length.size(), length);
}

}  // namespace orc::postgres
