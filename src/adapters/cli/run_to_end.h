#pragma once

#include <chrono>
#include <string>

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"
#include "adapters/cli/submission.h"

namespace orc {

// Submits a job, waits for its end for up to `patience`, and prints its result as it came, or what went wrong on the error output; negative
// unless it completed. It is submitted under an idempotency key, its own if it has one, so that a lost
// connection makes nothing twice; a signal that ends the process before the job's end tells how to find it. Fails as submission_body(),
// ApiClient::submit() and wait_for_job(); names the job or the key.
Outcome<ExitCode> run_to_end(ClientContext& context, ApiClient& client, const Submission& submission, std::chrono::seconds patience);

}  // namespace orc
