#include "adapters/sqlite/submissions.h"

#include <algorithm>
#include <utility>

#include "adapters/sql_text/column_text.h"
#include "adapters/sql_text/text_of.h"
#include "adapters/sqlite/stored_job.h"

namespace orc::sqlite {
namespace {

using Kind = SubmitRefusal::Kind;

std::unexpected<SubmitRefusal> refuse(Error error, Kind kind, std::size_t index) {
  return std::unexpected(SubmitRefusal{.error = std::move(error), .kind = kind, .index = index});
}

std::int64_t owner_of(const NewJob& job) { return std::to_underlying(job.owner.value_or(UserId{})); }

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

SubmitOutcome Submissions::submit(const std::vector<NewJob>& jobs, Timestamp now) {
  auto plans = plan(jobs, now);
  if (!plans) return std::unexpected(std::move(plans).error());
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
      made.push_back(write(jobs[i], known, now));
    }
  }
  return made;
}

std::expected<std::vector<Submissions::Plan>, SubmitRefusal> Submissions::plan(const std::vector<NewJob>& jobs, Timestamp now) {
  std::vector<Plan> plans(jobs.size());
  KeysHere keys;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i].batch) {
      auto earlier = find_earlier(owner_of(jobs[i]), *jobs[i].batch, now);
      if (!earlier) return refuse(std::move(earlier).error(), Kind::batch_key_reused, i);
      plans[i].takes_batch_key = !*earlier;
    }
    if (jobs[i].idempotency)
      if (auto good = find_repeat(jobs, i, now, keys, plans[i]); !good) return refuse(std::move(good).error(), Kind::key_reused, i);
    if (!plans[i].is_new()) continue;
    if (auto good = check(jobs[i], i, plans[i]); !good) return std::unexpected(std::move(good).error());
  }
  return plans;
}

std::expected<void, SubmitRefusal> Submissions::check(const NewJob& job, std::size_t index, Plan& plan) {
  const auto gone = [index](Kind kind, std::string sentence) { return refuse({ErrorCode::not_found, std::move(sentence)}, kind, index); };
  const auto version = live_.find(job.version);
  if (!version) return gone(Kind::plugin_gone, text_of("plugin ", job.plugin_name, " was removed"));
  if (job.owner && !live_.exists(*job.owner)) return gone(Kind::owner_gone, "the user was deleted");
  for (const ContentHash& hash : job.blobs)
    if (!upload_.any(hash)) return gone(Kind::upload_gone, "blob sha256:" + to_hex(hash) + " is gone: upload it again");
  plan.name = version->name;
  plan.of_class = version->of_class;
  return {};
}

Result<void> Submissions::find_repeat(const std::vector<NewJob>& jobs, std::size_t index, Timestamp now, KeysHere& keys, Plan& plan) {
  const auto& [key, request] = *jobs[index].idempotency;
  const std::int64_t owner = owner_of(jobs[index]);
  const auto [here, is_first] = keys.emplace(std::pair(owner, std::string_view(key)), index);
  if (!is_first) {
    if (jobs[here->second].idempotency->request != request) return std::unexpected(key_reused(key));
    plan.earlier_here = here->second;
    return {};
  }
  auto earlier = find_earlier(owner, *jobs[index].idempotency, now);
  if (!earlier) return pass_on(earlier);
  plan.earlier = *earlier;
  return {};
}

Result<std::optional<SubmittedJob>> Submissions::find_earlier(std::int64_t owner, const Idempotency& key, Timestamp now) {
  const auto found = earlier_.first(
      [&](Row row) {
        return std::pair(row.hash(1) == key.request, SubmittedJob{.id = row.as<JobId>(0), .created_at = row.time(2), .is_repeat = true});
      },
      owner, key.key, now - idempotency_lifetime);
  if (!found) return std::nullopt;
  if (!found->first) return std::unexpected(key_reused(key.key));
  return found->second;
}

SubmittedJob Submissions::write(const NewJob& job, const Plan& plan, Timestamp now) {
  const SubmittedJob made{.id = ids_.next(), .created_at = ids_.created_at(now)};
  const std::int64_t owner = owner_of(job);
  const bool is_delayed = job.run_at && *job.run_at > now;
  const QueuePlace place = is_delayed ? QueuePlace::delayed : QueuePlace::ready;
  std::optional<std::int64_t> timeout;
  if (job.timeout) timeout = job.timeout->count();
  std::optional<std::int64_t> queue_time;
  if (job.queue_time) queue_time = job.queue_time->count();
  add_job_.execute(made.id, owner, plan.name, job.plugin, job.version, place, job.priority, job.attempts_max, made.created_at,
                   is_delayed ? *job.run_at : made.created_at, job.run_at, timeout, job.share_key, labels_to_text(job.labels),
                   plan.of_class, job.callback_url, queue_time);
  if (job.input.blob) {
    add_input_.execute(made.id, std::nullopt, *job.input.blob);
    add_blob_.execute(*job.input.blob, made.id, BlobRole::input);
  } else {
    add_input_.execute(made.id, job.input.text, std::nullopt);
  }
  for (const ContentHash& hash : job.blobs) add_blob_.execute(hash, made.id, BlobRole::named_by_input);
  if (job.idempotency) remember_.execute(owner, job.idempotency->key, made.id, now, job.idempotency->request);
  if (plan.takes_batch_key) remember_.execute(owner, job.batch->key, made.id, now, job.batch->request);
  counters_.add({.owner = owner, .name = plan.name, .status = JobStatus::queued}, 1);
  if (!is_delayed) turns_.join(job.priority, job.share_key, plan.of_class);
  return made;
}

}  // namespace orc::sqlite
