#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orc {

// JsonWriter appends one JSON text to a string as it is told the parts in order; it sets the commas. Not thread-safe. Borrows the string.
// The text is valid whatever the strings hold: control characters are escaped, bytes that are not UTF-8 become U+FFFD.
// Preconditions: containers are ended in order, a key stands before each value of an object, raw() is given valid JSON.
//
//   JsonWriter json(out);
//   json.begin_object();
//   json.member("id", job.id);
//   json.key("input_data").raw(stored_bytes);
//   json.end_object();
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  // The name of the value that comes next.
  JsonWriter& key(std::string_view name);

  void value(std::string_view characters);
  void value(const char* characters) { value(std::string_view(characters)); }
  void value(const std::string& characters) { value(std::string_view(characters)); }
  void value(std::same_as<bool> auto truth) { literal(truth ? "true" : "false"); }
  void value(std::signed_integral auto number) { integer(std::int64_t{number}); }
  void value(std::unsigned_integral auto number)
    requires(!std::same_as<decltype(number), bool>)
  {
    natural(std::uint64_t{number});
  }
  // The shortest digits that read back as the same double: 0.87 is written 0.87. What JSON cannot say (NaN, infinite) is null.
  void value(double number);
  void value(std::nullptr_t) { literal("null"); }
  // Null when there is none.
  template <typename T>
  void value(const std::optional<T>& maybe) {
    if (maybe) {
      value(*maybe);
    } else {
      value(nullptr);
    }
  }

  // Bytes that are one JSON value already, such as a user's document, unchanged.
  void raw(std::string_view json) { literal(json); }

  template <typename T>
  void member(std::string_view name, const T& content) {
    key(name).value(content);
  }

 private:
  void separate() {
    if (after_value_) out_ += ',';
    after_value_ = true;
  }
  void open(char bracket) {
    separate();
    out_ += bracket;
    after_value_ = false;
  }
  void close(char bracket) {
    out_ += bracket;
    after_value_ = true;
  }
  void literal(std::string_view json) {
    separate();
    out_.append(json);
  }
  void integer(std::int64_t number);
  void natural(std::uint64_t number);

  std::string& out_;
  bool after_value_ = false;  // a comma is due before the next value or key
};

// Appends `characters` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view characters);

}  // namespace orc
