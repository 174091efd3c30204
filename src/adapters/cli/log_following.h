#pragma once

#include <cstdint>
#include <string>

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"

namespace orc {

// Prints the log of a job from line `from` on and then as it grows, until the job has ended. The files that it left are named at the error
// output, and its progress is shown there if that is a terminal. With --json all of it is documents at the output, each in a line: lines of
// the log and progress as the server tells them, {"file": …} and at last {"end": …}. A connection that is lost is made again, and the log
// goes on where it was. Gives ok if the job was completed, else negative. Fails as ApiClient::send(); with unreachable, once the server is
// away for too long.
Outcome<ExitCode> follow_log(ClientContext& context, ApiClient& client, std::int64_t job, std::int64_t from);

}  // namespace orc
