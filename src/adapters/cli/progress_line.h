#pragma once

#include <ostream>
#include <string_view>

#include "adapters/cli/client_context.h"

namespace orc {

// ProgressLine is a line on the error output, where that is a terminal, that takes the place of the one before it and goes at its end;
// elsewhere it is nothing. Whoever prints anything else clears it first.
class ProgressLine {
 public:
  // `context` outlives it.
  explicit ProgressLine(ClientContext& context) : context_(context) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { clear(); }

  // Any text: it is made printable, and cut to the terminal's width, since nobody takes back what went into a second row.
  void show(std::string_view text) {
    if (!context_.terminal.err_is_terminal) return;
    context_.err << "\r\x1b[K" << cut_to(printable(text), context_.terminal.width - 1) << std::flush;
    is_shown_ = true;
  }
  void clear() {
    if (is_shown_) context_.err << "\r\x1b[K" << std::flush;
    is_shown_ = false;
  }

 private:
  ClientContext& context_;
  bool is_shown_ = false;
};

}  // namespace orc
