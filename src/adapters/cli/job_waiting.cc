#include "adapters/cli/job_waiting.h"

#include <algorithm>
#include <ostream>
#include <poll.h>

#include "adapters/cli/job_view.h"
#include "adapters/cli/progress_bar.h"

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

std::unexpected<Failure> not_ended(const std::string& id) {
  return stop_with(ExitCode::still_running,
                   "job " + id + " has not ended in the time given to it; it goes on. Look at it with: orc job get " + id);
}

}  // namespace

Outcome<ApiReply> wait_for_job(ClientContext& context, ApiClient& client, const std::string& id, std::chrono::seconds patience) {
  const auto started = Clock::now();
  auto length = first_pause;
  for (;;) {
    auto reply = client.get("/api/v1/jobs/" + id);
    if (!reply) return reply;
    const auto job = reply->json();
    if (!job) return std::unexpected(job.error());
    const std::string status = text_of(*job, "status");
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - started);
    if (context.terminal.err_is_terminal) {
      context.err << "\r\x1b[K";
      if (!has_ended(status))
        context.err << "job " << id << " " << status << " " << waited.count() << " s  " << printable(words_of_progress(*job)) << std::flush;
    }
    if (has_ended(status)) return reply;
    if (waited >= patience) return not_ended(id);
    pause(length);
  }
}

Outcome<BatchEnd> wait_for_jobs(ClientContext& context, ApiClient& client, const std::vector<std::string>& ids,
                                std::chrono::seconds patience) {
  ProgressBar bar(context.err, context.terminal, "waiting", static_cast<std::int64_t>(ids.size()));
  BatchEnd end;
  const auto started = Clock::now();
  auto length = first_pause;
  for (std::size_t i = 0; i < ids.size();) {
    auto reply = client.get("/api/v1/jobs/" + ids[i]);
    if (!reply) return std::unexpected(reply.error());
    const auto job = reply->json();
    if (!job) return std::unexpected(job.error());
    const std::string status = text_of(*job, "status");
    if (has_ended(status)) {
      ++(status == "completed" ? end.completed : status == "failed" ? end.failed : end.cancelled);
      ++i;
      length = first_pause;
    } else if (Clock::now() - started >= patience) {
      return not_ended(ids[i]);
    } else {
      pause(length);
    }
    bar.show(static_cast<std::int64_t>(i), end.failed > 0 ? std::to_string(end.failed) + " failed" : "");
  }
  return end;
}

}  // namespace orc
