#include "adapters/cli/secret_input.h"

#include <istream>
#include <ostream>
#include <termios.h>
#include <unistd.h>

namespace orc {
namespace {

// Switches the terminal's echo off for its life.
class NoEcho {
 public:
  NoEcho() {
    is_terminal_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!is_terminal_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (is_terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  bool is_terminal_ = false;
  termios before_{};
};

}  // namespace

Outcome<std::string> read_line(ClientContext& context, const std::string& prompt) {
  if (context.terminal.err_is_terminal) context.err << prompt << std::flush;
  std::string line;
  if (!std::getline(context.in, line) || line.empty())
    return stop_with(ExitCode::usage, "nothing came on the standard input for \"" + prompt + "\"");
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

Outcome<std::string> read_secret(ClientContext& context, const std::string& prompt) {
  const NoEcho quiet;
  auto secret = read_line(context, prompt);
  if (context.terminal.err_is_terminal) context.err << "\n";
  return secret;
}

}  // namespace orc
