#pragma once

#include <chrono>
#include <string>

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"

namespace orc {

// Beyond its own time, or its last event, for the end to be stored.
inline constexpr std::chrono::seconds deliberation_end_grace{30};

// Waits until a deliberation has ended, and gives it with its calls. Bears with an outage of the server. Fails with still_running, saying
// how to look at it later, after `patience`, at which it goes on; else as ApiClient::send().
Outcome<ApiReply> wait_for_deliberation(ClientContext& context, ApiClient& client, const std::string& id, std::chrono::seconds patience);

// The path of one, for GET and what stands behind it.
std::string deliberation_path(const std::string& id);

// Shows one that has ended; negative, unless it came to a decision.
Outcome<ExitCode> show_ended_deliberation(ClientContext& context, ApiReply& reply);

}  // namespace orc
