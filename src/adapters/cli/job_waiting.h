#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"

namespace orc {

// Looks at a job until it has ended, at longer and longer intervals up to half a second, and shows how it goes on a terminal. Bears with an
// outage of the server. Fails with still_running after `patience`, else as ApiClient::send(); names the job and how to look at it later.
Outcome<ApiReply> wait_for_job(ClientContext& context, ApiClient& client, const std::string& id, std::chrono::seconds patience);

struct BatchEnd {
  std::int64_t completed = 0;
  std::int64_t failed = 0;
  std::int64_t cancelled = 0;
};

// The same for many, with a progress bar; a failure names the first of which no end is known.
Outcome<BatchEnd> wait_for_jobs(ClientContext& context, ApiClient& client, const std::vector<std::string>& ids,
                                std::chrono::seconds patience);

}  // namespace orc
