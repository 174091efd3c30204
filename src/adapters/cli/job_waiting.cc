#include "adapters/cli/job_waiting.h"

#include <algorithm>
#include <ostream>
#include <poll.h>

#include "adapters/cli/job_view.h"
#include "adapters/cli/progress_bar.h"
#include "adapters/cli/progress_line.h"

namespace orc {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds first_pause{20};
constexpr std::chrono::milliseconds longest_pause{500};

// The API tells nobody outside when a job ends except the request that submitted it, so between two looks there is a pause.
void pause(std::chrono::milliseconds& length) {
  ::poll(nullptr, 0, static_cast<int>(length.count()));
  length = std::min(length * 2, longest_pause);
}

std::string how_to_look_at(const std::string& id) { return "Look at it with: orc job get " + id; }

std::unexpected<Failure> not_ended(const std::string& id, const std::string& status) {
  const bool waits = status == "queued";
  return stop_with(ExitCode::still_running, "job " + id + " has not ended in the time given to it; it " + (waits ? "waits" : "goes on") +
                                                ". " + how_to_look_at(id) +
                                                (waits ? "\nWhy it does not run yet: " + how_to_ask_why(id) : ""));
}

// It may go on, whatever becomes of us: who knows its name needs no second one.
std::unexpected<Failure> lost_from_sight(Failure failure, const std::string& id) {
  const bool is_gone = failure.code == ExitCode::not_found;
  failure.message += is_gone ? "\nIt was job " + id + "." : "\njob " + id + " may go on. " + how_to_look_at(id);
  return std::unexpected(std::move(failure));
}

// Looks again while the server is away.
Outcome<ApiReply> look_at(ApiClient& client, const std::string& id, Outage& outage) {
  for (;;) {
    auto reply = client.get("/api/v1/jobs/" + id);
    if (reply) {
      outage.end();
      return reply;
    }
    if (!outage.is_borne(reply.error())) return lost_from_sight(std::move(reply).error(), id);
  }
}

}  // namespace

Outcome<ApiReply> wait_for_job(ClientContext& context, ApiClient& client, const std::string& id, std::chrono::seconds patience) {
  const auto started = Clock::now();
  auto length = first_pause;
  Outage outage(context);
  ProgressLine line(context);
  for (;;) {
    auto reply = look_at(client, id, outage);
    if (!reply) return reply;
    const auto job = reply->json();
    if (!job) return std::unexpected(job.error());
    const std::string status = text_of(*job, "status");
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - started);
    if (has_ended(status)) return reply;
    line.show(words_of_job_under_way(*job, waited));
    if (waited >= patience) return not_ended(id, status);
    pause(length);
  }
}

Outcome<BatchEnd> wait_for_jobs(ClientContext& context, ApiClient& client, const std::vector<std::string>& ids,
                                std::chrono::seconds patience) {
  ProgressBar bar(context.err, context.terminal, "waiting", static_cast<std::int64_t>(ids.size()));
  BatchEnd end;
  const auto started = Clock::now();
  auto length = first_pause;
  Outage outage(context);
  for (std::size_t i = 0; i < ids.size();) {
    auto reply = look_at(client, ids[i], outage);
    if (!reply) return std::unexpected(reply.error());
    const auto job = reply->json();
    if (!job) return std::unexpected(job.error());
    const std::string status = text_of(*job, "status");
    if (has_ended(status)) {
      ++(status == "completed" ? end.completed : status == "failed" ? end.failed : end.cancelled);
      ++i;
      length = first_pause;
    } else if (Clock::now() - started >= patience) {
      return not_ended(ids[i], status);
    } else {
      pause(length);
    }
    bar.show(static_cast<std::int64_t>(i), end.failed > 0 ? std::to_string(end.failed) + " failed" : "");
  }
  return end;
}

}  // namespace orc
