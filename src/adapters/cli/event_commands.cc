#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_view.h"
#include "adapters/json/json_writer.h"
#include "adapters/json/time_text.h"

namespace orc {
namespace {

bool is_event_number(const std::string& text) {
  return !text.empty() && text.size() < 19 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Outcome<std::string> body_of_replay(const std::string& since) {
  if (is_event_number(since)) return R"({"from_seq": )" + std::to_string(std::stoll(since)) + "}";
  if (!parse_time_text(since))
    return stop_with(ExitCode::usage, "--since takes a time such as 2026-01-31T12:00:00Z, or the number of an event: not '" + since + "'");
  return R"({"since": ")" + since + R"("})";
}

Outcome<ExitCode> replay_events(ClientContext& context, ApiClient& client, const std::string& since) {
  const auto body = body_of_replay(since);
  if (!body) return std::unexpected(body.error());
  return show_reply(context, client.send("POST", "/api/v1/events/replay", *body), [&context](JsonValue answer) {
    context.out << text_of(answer, "events") << " events are published again\n";
    return ExitCode::ok;
  });
}

}  // namespace

void add_event_commands(CLI::App& app, ClientContext& context) {
  CLI::App* const events = app.add_subcommand("events", "Events of deliberations, as they are published to NATS");
  events->require_subcommand(1);
  CLI::App* const again = events->add_subcommand("replay", "Publish again what was published since, as far back as the server keeps it");
  const auto since = std::make_shared<std::string>();
  again->add_option("--since", *since, "A time such as 2026-01-31T12:00:00Z, or the number (seq) of an event")
      ->required()
      ->type_name("TIME|SEQ");
  add_client_action(*again, context,
                    "Examples:\n  orc events replay --since 2026-01-31T12:00:00Z\n  orc events replay --since 0    all that is kept",
                    [&context, since](ApiClient& client) { return replay_events(context, client, *since); });
}

}  // namespace orc
