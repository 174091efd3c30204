#include "adapters/postgres/rows.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <libpq-fe.h>

#include "domain/assert.h"

namespace orc::postgres {
namespace {

constexpr std::int64_t epoch_ms = 946'684'800'000;

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

}  // namespace

bool Row::is_null(int column) const { return PQgetisnull(result_, row_, column) != 0; }

std::string_view Row::bytes(int column) const {
  return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

std::int64_t Row::integer(int column) const {
  const auto value = bytes(column);
  const std::uint64_t number = big_endian(value);
  switch (value.size()) {
    case 0:
      return 0;  // NULL
    case 2:
      return static_cast<std::int16_t>(number);
    case 4:
      return static_cast<std::int32_t>(number);
    case 8:
      return static_cast<std::int64_t>(number);
    default:
      ORC_ASSERT(false);
      return 0;
  }
}

bool Row::boolean(int column) const {
  const auto value = bytes(column);
  return !value.empty() && value.front() != '\0';
}

double Row::real(int column) const { return std::bit_cast<double>(big_endian(bytes(column))); }

Timestamp Row::time(int column) const {
  const auto microseconds = std::chrono::microseconds{integer(column)};
  return timestamp_from_ms(std::chrono::floor<std::chrono::milliseconds>(microseconds).count() + epoch_ms);
}

ContentHash Row::hash(int column) const {
  ContentHash hash;
  const auto value = bytes(column);
  ORC_ASSERT(value.size() == hash.bytes.size());
  std::memcpy(hash.bytes.data(), value.data(), value.size());
  return hash;
}

std::optional<std::string> Row::maybe_text(int column) const {
  if (is_null(column)) return {};
  return text(column);
}

std::optional<Timestamp> Row::maybe_time(int column) const {
  if (is_null(column)) return {};
  return time(column);
}

std::optional<ContentHash> Row::maybe_hash(int column) const {
  if (is_null(column)) return {};
  return hash(column);
}

Rows::Rows(pg_result* owned) : result_(owned, PQclear) {}

int Rows::size() const { return result_ ? PQntuples(result_.get()) : 0; }

int Rows::changed() const {
  int count = 0;
  const std::string_view text = result_ ? PQcmdTuples(result_.get()) : "";
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

}  // namespace orc::postgres
