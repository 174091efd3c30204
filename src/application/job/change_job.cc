#include "application/job/change_job.h"

#include <string>
#include <string_view>

namespace orc {
namespace {

// An act on one's own job is in the job's own record; one on another's is in the audit log.
Async<void> note(AuditLog& audit, const Actor& actor, const char* action, const Job& job) {
  if (job.owner == actor.user()) co_return Result<void>{};
  AuditEntry entry{
      .actor = actor.user(), .action = action, .subject = "job " + std::to_string(std::to_underlying(job.id)), .from = actor.from};
  co_return co_await audit.append(std::move(entry));
}

// Something failed behind a change that took place: who repeats it would be refused, and must know why.
std::unexpected<Error> though_done(std::string_view what, const Error& error) {
  return fail(error.code, std::string(what) + ", but what follows failed: " + error.message);
}

constexpr std::string_view cancelled_it = "The job was cancelled";
constexpr std::string_view queued_it = "The job was put back into the queue";
constexpr std::string_view removed_it = "The job was removed";

}  // namespace

Async<Job> CancelJob::run(Actor actor, JobId id) {
  auto job = co_await access_.without_payloads(actor.principal, id);
  if (!job) co_return job;
  if (auto cancelled = co_await store_.cancel(id); !cancelled) co_return pass_on(cancelled);
  signals_.job_ended(id);
  if (const auto noted = co_await note(audit_, actor, "job.cancel", *job); !noted) co_return though_done(cancelled_it, noted.error());
  auto now = co_await access_.get(actor.principal, id);
  if (!now) co_return though_done(cancelled_it, now.error());
  co_return now;
}

Async<Job> RetryJob::run(Actor actor, JobId id) {
  auto job = co_await access_.without_payloads(actor.principal, id);
  if (!job) co_return job;
  const auto plugin = co_await plugins_.by_id(job->plugin);
  if (!plugin && plugin.error().code == ErrorCode::not_found)
    co_return fail(ErrorCode::conflict, "Plugin " + job->plugin_name + " was removed, so this job cannot run again");
  if (!plugin) co_return std::unexpected(plugin.error());
  if (!plugin->is_active)
    co_return fail(ErrorCode::conflict, "Plugin " + plugin->name + " is not active; an administrator can switch it on");
  if (auto done = co_await store_.retry(id); !done) co_return pass_on(done);
  signals_.work_arrived();
  if (const auto noted = co_await note(audit_, actor, "job.retry", *job); !noted) co_return though_done(queued_it, noted.error());
  auto now = co_await access_.get(actor.principal, id);
  if (!now) co_return though_done(queued_it, now.error());
  co_return now;
}

Async<void> DeleteJob::run(Actor actor, JobId id) {
  auto job = co_await access_.without_payloads(actor.principal, id);
  if (!job) co_return pass_on(job);
  if (auto done = co_await store_.erase(id); !done) co_return pass_on(done);
  signals_.job_ended(id);
  if (const auto noted = co_await note(audit_, actor, "job.delete", *job); !noted) co_return though_done(removed_it, noted.error());
  co_return Result<void>{};
}

}  // namespace orc
