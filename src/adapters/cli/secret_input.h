#pragma once

#include <iosfwd>
#include <string>

#include "adapters/cli/client_context.h"

namespace orc {

// A secret from the person at the terminal, not echoed, or the first line of the standard input when that is no terminal.
// Fails with usage, if there is none.
Outcome<std::string> read_secret(ClientContext& context, const std::string& prompt);

// A line, asked for on the error output; echoed.
Outcome<std::string> read_line(ClientContext& context, const std::string& prompt);

}  // namespace orc
