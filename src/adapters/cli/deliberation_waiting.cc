#include "adapters/cli/deliberation_waiting.h"

#include <algorithm>
#include <ostream>
#include <poll.h>

#include "adapters/cli/deliberation_view.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/redrawn_text.h"

namespace orc {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds first_look_after{20};
constexpr std::chrono::milliseconds latest_look_after{250};
constexpr int pause_to_look = 4;  // so many times as long as a look is at least the pause behind it

std::string words_so_far(JsonValue deliberation, Clock::duration waited) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(waited).count();
  return "deliberation " + text_of(deliberation, "status") + " " + std::to_string(seconds) + " s, " + words_of_cost(deliberation) + "\n";
}

}  // namespace

std::string deliberation_path(const std::string& id) { return "/api/v1/deliberations/" + percent_encoded(id); }

Outcome<ApiReply> wait_for_deliberation(ClientContext& context, ApiClient& client, const std::string& id, std::chrono::seconds patience) {
  const auto started = Clock::now();
  auto pause = first_look_after;
  RedrawnText screen(context.err);
  Outage outage(context);
  for (;;) {
    const auto asked_at = Clock::now();
    auto reply = client.get_large(deliberation_path(id));
    if (!reply && outage.is_borne(reply.error())) continue;
    if (!reply) return reply;
    outage.end();
    const auto deliberation = reply->json();
    if (!deliberation) return std::unexpected(deliberation.error());
    if (has_ended(text_of(*deliberation, "status"))) return reply;
    const auto waited = Clock::now() - started;
    if (context.terminal.err_is_terminal) screen.show(words_so_far(*deliberation, waited));
    if (waited >= patience)
      return stop_with(ExitCode::still_running, "deliberation " + id +
                                                    " has not ended in the time given to it; it goes on. Look at it with: orc "
                                                    "deliberation get " +
                                                    id);
    // What is large is not asked for all the time.
    const auto longer = std::chrono::duration_cast<std::chrono::milliseconds>(pause_to_look * (Clock::now() - asked_at));
    ::poll(nullptr, 0, static_cast<int>(std::max(pause, longer).count()));
    pause = std::min(pause * 2, latest_look_after);
  }
}

Outcome<ExitCode> show_ended_deliberation(ClientContext& context, ApiReply& reply) {
  const auto deliberation = reply.json();
  if (!deliberation) return std::unexpected(deliberation.error());
  if (context.flags.as_json)
    context.out << reply.body() << "\n";
  else
    print_deliberation(context, *deliberation);
  return text_of(*deliberation, "status") == "completed" ? ExitCode::ok : ExitCode::negative;
}

}  // namespace orc
