#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "domain/payload.h"
#include "domain/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace orc::sqlite {

// Anything that is stored as a number: integers, bool, enumerations and strong ids.
template <typename T>
concept Numeric = std::is_integral_v<T> || std::is_enum_v<T>;

// A value for a BLOB column; text goes as a string.
struct Bytes {
  std::string_view view;
};

// Row is the current row of a Statement. Valid until the next step; so are the views it gives.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  // Bytes of a text or a blob; empty for NULL.
  std::string_view bytes(int column) const;

  // Numbers as the type that the column stands for.
  template <Numeric T>
  T as(int column) const {
    return static_cast<T>(integer(column));
  }
  std::string text(int column) const { return std::string(bytes(column)); }
  Timestamp time(int column) const { return timestamp_from_ms(integer(column)); }
  ContentHash hash(int column) const;

  // Nothing for NULL.
  template <Numeric T>
  std::optional<T> maybe(int column) const {
    if (is_null(column)) return {};
    return as<T>(column);
  }
  std::optional<std::string> maybe_text(int column) const;
  std::optional<Timestamp> maybe_time(int column) const;
  std::optional<ContentHash> maybe_hash(int column) const;

 private:
  sqlite3_stmt* statement_;
};

// Statement is one prepared statement. Values are borrowed, not copied: they must live until the rows have been read. Owned by whoever
// owns the connection's turn; never used by two threads at once. Throws StorageFault.
class Statement {
 public:
  // `name` is the one in the .sql file, for messages.
  Statement(sqlite3* connection, std::string_view name, std::string_view sql);
  Statement(Statement&& other) noexcept;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Runs to the end. Gives the number of rows it changed.
  template <typename... Values>
  int execute(const Values&... values) {
    bind_all(values...);
    return run();
  }

  // Runs and hands each row to `each(Row)`.
  template <typename Each, typename... Values>
  void for_each(Each&& each, const Values&... values) {
    bind_all(values...);
    const Reset reset{*this};
    while (step()) each(Row(native_));
  }

  // Runs and hands each row to `take(Row)` until that says false. A row beyond is not read, whatever it holds.
  template <typename Take, typename... Values>
  void take_while(Take&& take, const Values&... values) {
    bind_all(values...);
    const Reset reset{*this};
    while (step() && take(Row(native_))) {}
  }

  // Runs and makes something of the first row, if there is one.
  template <typename Make, typename... Values>
  auto first(Make&& make, const Values&... values) -> std::optional<std::invoke_result_t<Make, Row>> {
    bind_all(values...);
    const Reset reset{*this};
    if (!step()) return {};
    return make(Row(native_));
  }

  // Whether there is a row.
  template <typename... Values>
  bool any(const Values&... values) {
    bind_all(values...);
    const Reset reset{*this};
    return step();
  }

  // The first column of the first row as a number, 0 if there is no row or it is NULL.
  template <typename... Values>
  std::int64_t number(const Values&... values) {
    bind_all(values...);
    const Reset reset{*this};
    return step() ? Row(native_).integer(0) : 0;
  }

 private:
  struct Reset {
    Statement& statement;
    ~Reset() { statement.reset(); }
  };

  template <typename... Values>
  void bind_all(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
  }

  template <Numeric T>
  void bind(int index, T value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }
  void bind(int index, double value) { bind_real(index, value); }
  void bind(int index, Timestamp value) { bind_integer(index, to_ms(value)); }
  void bind(int index, std::string_view value) { bind_text(index, value); }
  void bind(int index, const std::string& value) { bind_text(index, value); }
  void bind(int index, const char* value) { bind_text(index, value); }
  void bind(int index, const ContentHash& value) {
    bind_blob(index, {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
  }
  void bind(int index, std::nullopt_t) { bind_null(index); }
  template <typename T>
  void bind(int index, const std::optional<T>& value) {
    if (value) {
      bind(index, *value);
    } else {
      bind_null(index);
    }
  }
  void bind(int index, Bytes value) { bind_blob(index, value.view); }

  void bind_integer(int index, std::int64_t value);
  void bind_real(int index, double value);
  void bind_text(int index, std::string_view value);
  void bind_blob(int index, std::string_view value);
  void bind_null(int index);
  int run();
  bool step();
  void reset() noexcept;

  std::string_view name_;
  sqlite3_stmt* native_ = nullptr;  // constant after construction
};

}  // namespace orc::sqlite
