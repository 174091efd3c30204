#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "adapters/cli/client_context.h"

namespace orc {

// A line on the error output, at once: a grey word, and beside it `shown`, which is printable.
inline void print_titled(ClientContext& context, std::string_view word, std::string_view shown, Colour colour = Colour::none) {
  std::string padded(word);
  padded.resize(10, ' ');
  context.err << coloured(context.terminal, Colour::grey, padded) << coloured(context.terminal, colour, shown) << std::endl;
}

// The same of a line of a log, of which a terminal shows what it would show of the program itself.
inline void print_titled_log(ClientContext& context, std::string_view text) {
  print_titled(context, "log", context.terminal.err_is_terminal ? printable_log_line(context.terminal, text) : printable(text));
}

}  // namespace orc
