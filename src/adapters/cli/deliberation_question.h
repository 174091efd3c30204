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

// What `orc deliberate` is told of the deliberation that it asks for; docs/deliberations.md says what each does.
struct DeliberationQuestion {
  std::string question;  // as typed: the text, @FILE or -
  int agents = 3;
  std::optional<std::string> preset;   // nothing: independent, or what the stages among the options say
  std::vector<std::string> models;     // agent n has the nth, and again from the first
  std::vector<std::string> endpoints;  // of the same models
  std::string role = "assistant";
  std::optional<int> samples;
  std::string verifier;
  std::optional<int> strong;  // cascade: so many of the agents, the last ones; nothing: one
  std::string extract;
  std::optional<double> temperature;
  std::optional<int> max_tokens;
  std::optional<std::int64_t> seed;
  std::optional<double> money;
  std::string options;  // JSON as typed, of which every member goes before those made of the flags
  int timeout_seconds = 300;
  std::string task_id = "orc-deliberate";
};

void add_question_options(CLI::App& command, DeliberationQuestion& question);

// The body of POST /api/v1/deliberations. The agents are agent-1, agent-2 …. Fails with usage: nothing is asked, no model or no endpoint is
// named, a file cannot be read, the options are no object.
Outcome<std::string> deliberation_body(ClientContext& context, const DeliberationQuestion& question);

}  // namespace orc
