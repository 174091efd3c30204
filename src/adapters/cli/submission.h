#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
};

void add_submission_options(CLI::App& command, Submission& submission);

// The body of POST /api/v1/jobs. Fails with usage, as read_input_argument() and for a label without "=".
Outcome<std::string> submission_body(ClientContext& context, const Submission& submission);

}  // namespace orc
