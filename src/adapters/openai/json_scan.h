#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orc {

// JsonScan walks through one JSON text from its front, and takes out what is asked for; nothing is built on the way, so that a token of a
// stream costs no allocation but its own text. It reads what servers write, and does not judge it: what it cannot make sense of ends the
// walk with ok() false. No recursion. Borrows the text.
class JsonScan {
 public:
  explicit JsonScan(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }

  // Whether the next value begins with it.
  bool next_is(char c);
  // Enters an object or array; false (and the value passed over) if it is none.
  bool enter(char bracket);
  // The next member's name, with the value next in line; nothing at the object's end. Escapes in names are not resolved.
  std::optional<std::string_view> member();
  // Whether an element is next in line; false at the array's end.
  bool element();

  // The next value, of whatever kind: a string is appended to `out`, with its escapes resolved, in well-formed UTF-8 without NUL (what is
  // neither becomes U+FFFD). False, and the value passed over, if it is no string.
  bool take_string(std::string& out);
  // A whole number, not below 0 and not above a million million; nothing, and the value passed over, for anything else.
  std::optional<std::int64_t> take_count();
  void skip();

 private:
  void space();
  void fail();
  void skip_string();

  std::string_view rest_;
  bool ok_ = true;
  bool at_first_ = false;  // of the members or elements entered last
};

// Appends `text`, with U+FFFD for what is no well-formed UTF-8 or is NUL.
void append_clean(std::string& out, std::string_view text);

}  // namespace orc
