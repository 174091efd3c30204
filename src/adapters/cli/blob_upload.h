#pragma once

#include <string>

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"

namespace orc {

// Uploads a file and gives the {"$blob": "sha256:…"} by which inputs name it. It may take minutes: a terminal shows it meanwhile. The same
// bytes again are harmless. Blocks.
// Fails with usage, if the file cannot be read or is larger than a blob may be; and as ApiClient::send().
Outcome<std::string> upload_file(ClientContext& context, ApiClient& client, const std::string& file);

}  // namespace orc
