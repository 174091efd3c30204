#pragma once

#include <iosfwd>

#include "adapters/cli/exit_code.h"

namespace CLI {
class App;
class Error;
}  // namespace CLI

namespace orc {

// Makes the help of `app` and of every command below it speak to people: NUMBER, TEXT and the words that may be chosen, instead of the
// parser's own terms; and the exit codes at the end of each, where no other ones stand. Called once all commands have been added.
void word_help(CLI::App& app);

// What became of a command line that CLI::App::parse() gave back: prints the help or the version that it asked for on `out`, or on `err`
// why it was refused, with the commands or the option that may have been meant. Gives ok or usage.
ExitCode explain(const CLI::App& app, const CLI::Error& error, std::ostream& out, std::ostream& err);

}  // namespace orc
