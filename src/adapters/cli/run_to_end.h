#pragma once

#include <chrono>
#include <string>

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"

namespace orc {

// Submits a job, waits for its end for up to `patience`, and prints its result as it came, or what went wrong on the error output; negative
// unless it completed. `body` is that of POST /api/v1/jobs. Fails as ApiClient::send() and wait_for_job().
Outcome<ExitCode> run_to_end(ClientContext& context, ApiClient& client, const std::string& body, std::chrono::seconds patience);

}  // namespace orc
