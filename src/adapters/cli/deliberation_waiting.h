#pragma once

#include <chrono>
#include <string>

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"

namespace orc {

// Waits until a deliberation has ended, and gives it with its calls. Fails with unreachable, saying how to look at it later, after
// `patience`, at which it goes on.
Outcome<ApiReply> wait_for_deliberation(ClientContext& context, ApiClient& client, const std::string& id, std::chrono::seconds patience);

// The path of one, for GET and what stands behind it.
std::string deliberation_path(const std::string& id);

// Shows one that has ended; negative, unless it came to a decision.
Outcome<ExitCode> show_ended_deliberation(ClientContext& context, ApiReply& reply);

}  // namespace orc
