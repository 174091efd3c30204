#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"

namespace CLI {
class App;
}  // namespace CLI

namespace orc {

// The options of a submission (contracts, sections 1 and 11).
struct Submission {
  std::string plugin;
  std::string input = "{}";  // as typed: JSON, @FILE or -
  std::optional<int> priority;
  std::optional<int> max_attempts;
  std::optional<int> timeout_seconds;
  std::string run_at;
  std::string share_key;
  std::string idempotency_key;
  std::string callback_url;
  std::vector<std::string> labels;  // NAME=VALUE
  std::vector<std::string> files;   // MEMBER=PATH
};

void add_submission_options(CLI::App& command, Submission& submission);

// The body of POST /api/v1/jobs; uploads the files first, by `client`. Fails with usage, as read_input_argument(), for a label or a file
// without "=" and for a file in place of a member that the input has; and as upload_file().
Outcome<std::string> submission_body(ClientContext& context, ApiClient& client, const Submission& submission);

}  // namespace orc
