#include "adapters/sqlite/claims.h"

#include <utility>

#include "adapters/sql_text/text_of.h"
#include "adapters/sqlite/stored_job.h"
#include "domain/assert.h"
#include "domain/job/wait_skew.h"

namespace orc::sqlite {

Claims::Claims(Connection& connection, const StatementCatalog& catalog, Counters& counters, ShareTurns& turns, PlacementClasses& classes,
               WorkerRooms& rooms)
    : counters_(counters),
      turns_(turns),
      classes_(classes),
      rooms_(rooms),
      latest_wait_(catalog.prepare(connection, "latest_wait")),
      restart_waits_(catalog.prepare(connection, "restart_waits")),
      due_jobs_(catalog.prepare(connection, "due_jobs")),
      promote_(catalog.prepare(connection, "promote_job")),
      next_due_(catalog.prepare(connection, "next_due")),
      job_to_claim_(catalog.prepare(connection, "job_to_claim")),
      mark_claimed_(catalog.prepare(connection, "mark_claimed")),
      set_aside_(catalog.prepare(connection, "set_job_aside")),
      note_plugin_with_orphans_(catalog.prepare(connection, "note_plugin_with_orphans")) {}

Result<Claim> Claims::claim(WorkerId worker, int count, Timestamp now) {
  auto claimant = rooms_.find(worker);
  if (!claimant) return fail(ErrorCode::not_found, text_of("worker ", worker, " is not registered"));
  restart_waits(now);
  promote_due(now);
  for (const PlacementClassId one : turns_.waiting_classes()) classes_.look_up(one);
  Claim claim;
  const bool is_open = claimant->intake == WorkerIntake::open;
  turns_.take(is_open ? static_cast<std::size_t>(count) : 0, claimant->room, now, [&](JobId id, PlacementClassId one) {
    auto claimed = claim_one(id, worker, now);
    if (!claimed) return false;
    rooms_.hold(worker, one, 1);
    claim.jobs.push_back(std::move(*claimed));
    return true;
  });
  next_due_.for_each([&](Row row) { claim.next_due = row.maybe_time(0); });
  claim.waits_for_room = is_open && std::ssize(claim.jobs) < count && turns_.some_wait_for(claimant->room);
  return claim;
}

// Of retries, if the clock was set back.
void Claims::restart_waits(Timestamp now) {
  std::optional<Timestamp> latest;
  latest_wait_.for_each([&](Row row) { latest = row.maybe_time(0); });
  if (latest && *latest > now + wait_skew_max) restart_waits_.execute(now, now + wait_skew_max, promoted_max);
}

void Claims::promote_due(Timestamp now) {
  struct Due {
    JobId id;
    int priority;
    std::string share_key;
    PlacementClassId of_class;
  };
  std::vector<Due> due;
  due_jobs_.for_each(
      [&](Row row) {
        due.push_back(
            {.id = row.as<JobId>(0), .priority = row.as<int>(1), .share_key = row.text(2), .of_class = row.as<PlacementClassId>(3)});
      },
      now, promoted_max);
  for (const Due& job : due) {
    promote_.execute(job.id);
    turns_.join(job.priority, job.share_key, job.of_class);
  }
}

std::optional<ClaimedJob> Claims::claim_one(JobId id, WorkerId worker, Timestamp now) {
  std::int64_t name = 0;
  std::int64_t owner = 0;
  int runs = 0;
  bool owner_is_leaving = false;
  std::optional<PluginId> removed_plugin;
  auto job = job_to_claim_.first(
      [&](Row row) {
        owner = row.integer(0);
        name = row.integer(1);
        runs = row.as<int>(5) + 1;
        ClaimedJob claimed{.id = id,
                           .fence = Fence{row.integer(4) + 1},
                           .attempt = row.as<int>(6) + 1,
                           .owner = {},
                           .version = row.as<PluginVersionId>(2),
                           .plugin_name = row.text(3),
                           .input = {.text = row.text(9), .blob = row.maybe_hash(10)},
                           .timeout = {},
                           .attempts_max = row.as<int>(7),
                           .due_at = row.time(15)};
        if (owner != 0 && row.integer(11) == 0) claimed.owner = UserId{owner};
        owner_is_leaving = row.as<bool>(12);
        if (!row.as<bool>(13)) removed_plugin = row.as<PluginId>(14);
        if (!row.is_null(8)) claimed.timeout = std::chrono::seconds{row.integer(8)};
        return claimed;
      },
      id);
  ORC_ASSERT(job.has_value());
  if (removed_plugin) note_plugin_with_orphans_.execute(*removed_plugin, name);
  if (removed_plugin || owner_is_leaving) {
    set_aside_.execute(id);
    return {};
  }
  const auto status = next_status(JobStatus::queued, JobTrigger::claimed);
  ORC_ASSERT(status.has_value());
  mark_claimed_.execute(id, *status, job->fence, runs, job->attempt, worker, now);
  counters_.add({.owner = owner, .name = name, .status = JobStatus::queued}, -1);
  counters_.add({.owner = owner, .name = name, .status = *status}, 1);
  return job;
}

}  // namespace orc::sqlite
