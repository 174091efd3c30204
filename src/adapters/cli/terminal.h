#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace orc {

// Reads a variable of the environment; nothing if it is unset.
using Environment = std::function<std::optional<std::string>(const char*)>;

// The variables of this process.
std::optional<std::string> process_environment(const char* name);

// What the two outputs can show.
struct Terminal {
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool has_colours = false;  // a terminal, NO_COLOR is unset (no-color.org) and TERM is not dumb
  std::size_t width = 80;    // columns
  std::size_t height = 24;   // rows of the one that errors and progress go to
};

Terminal look_at_terminal(const Environment& environment);

enum class Colour : std::uint8_t { none, green, red, yellow, blue, grey, bold };

// `text` in that colour, if the terminal has colours.
std::string coloured(const Terminal& terminal, Colour colour, std::string_view text);

// `text` without what a terminal would obey: control characters are shown as "·" (a line feed as a space), broken UTF-8 as U+FFFD.
// What came from a plugin or another user is shown through this.
std::string printable(std::string_view text);

// A line of a log as printable(), but as a terminal would show it at last: of what was written over and over, as progress bars do, only
// what stands behind the last carriage return, and in the colours (SGR, ECMA-48 section 8.3.117: ESC [, digits and ";", m) that the program
// gave it, reset at its end. Without them where the terminal has none. No other control sequence gets through.
std::string printable_log_line(const Terminal& terminal, std::string_view text);

// Columns that `text`, which is printable, takes: its code points.
std::size_t columns_of(std::string_view text);

// The first `columns` columns of `text`, the last one "…" if something is cut off.
std::string cut_to(std::string_view text, std::size_t columns);

}  // namespace orc
