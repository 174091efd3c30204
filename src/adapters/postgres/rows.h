#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "domain/payload.h"
#include "domain/time.h"

struct pg_result;

namespace orc::postgres {

// Row is one row of a result, in PostgreSQL's binary format. Valid as long as its Rows; so are the views it gives. Precondition of each
// accessor: the column has a type that reads as that.
class Row {
 public:
  Row(const pg_result* result, int row) : result_(result), row_(row) {}

  bool is_null(int column) const;
  std::int64_t integer(int column) const;  // of 2, 4 or 8 bytes
  bool boolean(int column) const;
  double real(int column) const;
  std::string_view bytes(int column) const;  // of a text or bytea; empty for NULL
  Timestamp time(int column) const;          // a timestamptz, down to the millisecond
  ContentHash hash(int column) const;

  template <typename T>
  T as(int column) const {
    if constexpr (std::is_same_v<T, bool>) {
      return boolean(column);
    } else {
      return static_cast<T>(integer(column));
    }
  }
  std::string text(int column) const { return std::string(bytes(column)); }

  // Nothing for NULL.
  template <typename T>
  std::optional<T> maybe(int column) const {
    if (is_null(column)) return {};
    return as<T>(column);
  }
  std::optional<std::string> maybe_text(int column) const;
  std::optional<Timestamp> maybe_time(int column) const;
  std::optional<ContentHash> maybe_hash(int column) const;

 private:
  const pg_result* result_;
  int row_;
};

// Rows is the answer to one statement. Copies share it.
class Rows {
 public:
  Rows() = default;
  explicit Rows(pg_result* owned);

  int size() const;  // rows
  bool empty() const { return size() == 0; }
  Row operator[](int row) const { return {result_.get(), row}; }
  int changed() const;  // rows that an INSERT, UPDATE or DELETE touched

  class Iterator {
   public:
    Iterator(const Rows& rows, int row) : rows_(rows), row_(row) {}
    Row operator*() const { return rows_[row_]; }
    Iterator& operator++() {
      ++row_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return row_ != other.row_; }

   private:
    const Rows& rows_;
    int row_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  std::shared_ptr<pg_result> result_;
};

}  // namespace orc::postgres
