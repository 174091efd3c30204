#include "adapters/sqlite/submissions.h"

#include <algorithm>
#include <utility>

#include "adapters/sqlite/column_text.h"
#include "adapters/sqlite/stored_job.h"
#include "adapters/sqlite/text_of.h"

namespace orc::sqlite {
namespace {

constexpr auto key_lifetime = std::chrono::hours{24};  // contract section 11

std::unexpected<Error> key_reused(const std::string& key) {
  return fail(ErrorCode::invalid_argument,
              "idempotency key \"" + key + "\" came before with another request; use a new key for a new request");
}

}  // namespace

Submissions::Submissions(Connection& connection, const StatementCatalog& catalog, LiveReferences& live, JobIds& ids, Counters& counters,
                         ShareTurns& turns)
    : live_(live),
      ids_(ids),
      counters_(counters),
      turns_(turns),
      add_job_(catalog.prepare(connection, "add_job")),
      add_input_(catalog.prepare(connection, "add_input")),
      add_blob_(catalog.prepare(connection, "add_job_blob")),
      upload_(catalog.prepare(connection, "blob_is_recorded")),
      earlier_(catalog.prepare(connection, "earlier_submission")),
      remember_(catalog.prepare(connection, "remember_submission")) {}

Result<std::vector<SubmittedJob>> Submissions::submit(const std::vector<NewJob>& jobs, Timestamp now) {
  auto plans = plan(jobs, now);
  if (!plans) return pass_on(plans);
  std::vector<SubmittedJob> made;
  made.reserve(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Plan& known = (*plans)[i];
    if (known.earlier) {
      made.push_back(*known.earlier);
    } else if (known.earlier_here) {
      made.push_back(made[*known.earlier_here]);
      made.back().is_repeat = true;
    } else {
      made.push_back(write(jobs[i], known.name, now));
    }
  }
  return made;
}

Result<std::vector<Submissions::Plan>> Submissions::plan(const std::vector<NewJob>& jobs, Timestamp now) {
  std::vector<Plan> plans(jobs.size());
  KeysHere keys;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto name = live_.name_of(jobs[i].version);
    if (!name) return fail(ErrorCode::not_found, text_of("plugin ", jobs[i].plugin_name, " was removed"));
    if (jobs[i].owner && !live_.exists(*jobs[i].owner)) return fail(ErrorCode::not_found, "the user was deleted");
    for (const ContentHash& hash : jobs[i].blobs)
      if (!upload_.first([](Row) { return true; }, hash))
        return fail(ErrorCode::not_found, "blob sha256:" + to_hex(hash) + " is gone: upload it again");
    plans[i].name = *name;
    if (!jobs[i].idempotency) continue;
    if (auto good = find_repeat(jobs, i, now, keys, plans[i]); !good) return pass_on(good);
  }
  return plans;
}

Result<void> Submissions::find_repeat(const std::vector<NewJob>& jobs, std::size_t index, Timestamp now, KeysHere& keys, Plan& plan) {
  const auto& [key, request] = *jobs[index].idempotency;
  const auto owner = std::to_underlying(jobs[index].owner.value_or(UserId{}));
  const auto [here, is_first] = keys.emplace(std::pair(owner, std::string_view(key)), index);
  if (!is_first) {
    if (jobs[here->second].idempotency->request != request) return key_reused(key);
    plan.earlier_here = here->second;
    return {};
  }
  const auto found = earlier_.first(
      [&](Row row) {
        return std::pair(row.hash(1) == request, SubmittedJob{.id = row.as<JobId>(0), .created_at = row.time(2), .is_repeat = true});
      },
      owner, key, now - key_lifetime);
  if (!found) return {};
  if (!found->first) return key_reused(key);
  plan.earlier = found->second;
  return {};
}

SubmittedJob Submissions::write(const NewJob& job, std::int64_t name, Timestamp now) {
  const SubmittedJob made{.id = ids_.next(), .created_at = ids_.created_at(now)};
  const auto owner = std::to_underlying(job.owner.value_or(UserId{}));
  const bool is_delayed = job.run_at && *job.run_at > now;
  const QueuePlace place = is_delayed ? QueuePlace::delayed : QueuePlace::ready;
  std::optional<std::int64_t> timeout;
  if (job.timeout) timeout = job.timeout->count();
  add_job_.execute(made.id, owner, name, job.plugin, job.version, place, job.priority, job.attempts_max, made.created_at,
                   is_delayed ? *job.run_at : made.created_at, job.run_at, timeout, job.share_key, labels_to_text(job.labels));
  if (job.input.blob) {
    add_input_.execute(made.id, std::nullopt, *job.input.blob);
    add_blob_.execute(*job.input.blob, made.id, BlobRole::input);
  } else {
    add_input_.execute(made.id, job.input.text, std::nullopt);
  }
  for (const ContentHash& hash : job.blobs) add_blob_.execute(hash, made.id, BlobRole::named_by_input);
  if (job.idempotency) remember_.execute(owner, job.idempotency->key, made.id, now, job.idempotency->request);
  counters_.add({.owner = owner, .name = name, .status = JobStatus::queued}, 1);
  if (!is_delayed) turns_.join(job.priority, job.share_key);
  return made;
}

}  // namespace orc::sqlite
