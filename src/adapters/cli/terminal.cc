#include "adapters/cli/terminal.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

#include "adapters/json/utf8.h"

namespace orc {
namespace {

constexpr std::size_t width_min = 40;
constexpr std::size_t height_min = 5;
constexpr std::size_t colour_bytes_max = 64;  // of the longest sequence for colours: those that are used have less than half

std::size_t width_of_terminal(const Environment& environment) {
  std::size_t width = 80;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    width = size.ws_col;
  } else if (const auto columns = environment("COLUMNS")) {
    std::from_chars(columns->data(), columns->data() + columns->size(), width);
  }
  return width < width_min ? width_min : width;
}

std::size_t height_of_terminal(const Environment& environment) {
  std::size_t height = 24;
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) {
    height = size.ws_row;
  } else if (const auto lines = environment("LINES")) {
    std::from_chars(lines->data(), lines->data() + lines->size(), height);
  }
  return height < height_min ? height_min : height;
}

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::none:
      return "";
    case Colour::green:
      return "\x1b[32m";
    case Colour::red:
      return "\x1b[31m";
    case Colour::yellow:
      return "\x1b[33m";
    case Colour::blue:
      return "\x1b[34m";
    case Colour::grey:
      return "\x1b[90m";
    case Colour::bold:
      return "\x1b[1m";
  }
  return "";
}

// Of the sequence for colours that `text` begins with; 0 if it begins with none.
std::size_t size_of_colour(std::string_view text) {
  constexpr std::string_view begin = "\x1b[";
  if (!text.starts_with(begin)) return 0;
  const auto end = text.find_first_not_of("0123456789;", begin.size());
  return end > colour_bytes_max || text[end] != 'm' ? 0 : end + 1;  // npos is more, too
}

// U+2028 to U+202E and U+2066 to U+2069: what follows them would stand elsewhere than it is.
bool changes_direction(std::string_view character) {
  return (character >= "\u2028" && character <= "\u202e") || (character >= "\u2066" && character <= "\u2069");
}

}  // namespace

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

Terminal look_at_terminal(const Environment& environment) {
  Terminal terminal{.out_is_terminal = ::isatty(STDOUT_FILENO) == 1, .err_is_terminal = ::isatty(STDERR_FILENO) == 1};
  terminal.has_colours = terminal.out_is_terminal && environment("NO_COLOR").value_or("").empty() && environment("TERM") != "dumb";
  terminal.width = width_of_terminal(environment);
  terminal.height = height_of_terminal(environment);
  return terminal;
}

std::string coloured(const Terminal& terminal, Colour colour, std::string_view text) {
  if (!terminal.has_colours || colour == Colour::none) return std::string(text);
  return std::string(code_of(colour)).append(text).append("\x1b[0m");
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const auto size = utf8_sequence_size(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (size == 0) {
      shown += "\xef\xbf\xbd";
    } else if (first == '\n') {
      shown += ' ';
    } else if (first < 0x20 || first == 0x7f || (size == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0) ||
               (size == 3 && changes_direction(text.substr(0, 3)))) {
      shown += "·";
    } else {
      shown.append(text.substr(0, size));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return shown;
}

std::string printable_log_line(const Terminal& terminal, std::string_view text) {
  while (text.ends_with('\r')) text.remove_suffix(1);
  if (const auto overwritten = text.rfind('\r'); overwritten != std::string_view::npos) text.remove_prefix(overwritten + 1);
  std::string shown;
  bool has_colour = false;
  while (!text.empty()) {
    if (const auto size = size_of_colour(text); size > 0) {
      if (terminal.has_colours) shown.append(text.substr(0, size));
      has_colour |= terminal.has_colours;
      text.remove_prefix(size);
      continue;
    }
    const auto plain = std::min(text.find('\x1b', 1), text.size());
    shown += printable(text.substr(0, plain));
    text.remove_prefix(plain);
  }
  return has_colour ? shown + "\x1b[0m" : shown;
}

std::size_t columns_of(std::string_view text) { return count_code_points(text); }

std::string cut_to(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::string cut;
  for (std::size_t i = 0; i + 1 < columns; ++i) {
    const auto size = utf8_sequence_size(text);
    cut.append(text.substr(0, size));
    text.remove_prefix(size);
  }
  return cut + "…";
}

}  // namespace orc
