#pragma once

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/audit_log.h"
#include "ports/blob_store.h"
#include "ports/callback_store.h"
#include "ports/deliberation_store.h"
#include "ports/event_outbox.h"
#include "ports/job_store.h"
#include "ports/plugin_store.h"
#include "ports/retention.h"
#include "ports/user_store.h"
#include "ports/worker_store.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_clock.h"

namespace orc {

// One empty database seen through its ports, as an adapter hands it to the contract suites. Times come from `clock` alone.
struct StoreFixture {
  std::shared_ptr<void> owner;  // of all that the references below name
  JobStore& jobs;
  JobReader& reader;
  PluginStore& plugins;
  PluginReader& plugin_reader;
  UserStore& users;
  ApiKeyStore& keys;
  WorkerStore& workers;
  AuditLog& audit;
  Retention& retention;
  CallbackStore& callbacks;
  BlobCatalog& catalog;
  DeliberationStore& deliberations;
  EventOutbox& events;
  FakeClock& clock;
};

// How an adapter takes part: its test program links orc_store_contract and defines this. Every suite then runs on what it opens, each test
// on a database of its own.
StoreFixture open_store_under_test();

// What every suite on a store needs: a database with one plugin, two users and a worker, and short words for common steps.
class StoreContract : public testing::Test {
 protected:
  StoreContract() {
    admin = ok(db.users.add({.email = "ada@example.org", .password_hash = "x"}));
    user = ok(db.users.add({.email = "bob@example.org", .password_hash = "y"}));
    plugin = add_plugin("echo");
    worker = ok(db.workers.add({.name = "host:1", .slots = worker_slots}));
    start = db.clock.now();
  }

  Plugin add_plugin(std::string name, std::string version = "1.0.0") {
    return ok(db.plugins.add({.name = std::move(name), .version = std::move(version), .description = "says it again", .spec = spec()}));
  }

  static PluginSpec spec() {
    PluginSpec made;
    made.command = {"./echo"};
    return made;
  }

  // A job of `user` for `plugin`.
  NewJob job() const { return job_for(plugin); }

  NewJob job_for(const Plugin& wanted) const {
    return {.owner = user.id,
            .plugin = wanted.id,
            .version = wanted.current.id,
            .plugin_name = wanted.name,
            .input = {.text = R"({"a": 8.70E-1})", .blob = {}},
            .share_key = "bob"};
  }

  JobId submit(NewJob job) { return submit_all({std::move(job)}).front(); }

  std::vector<JobId> submit_all(std::vector<NewJob> jobs) {
    std::vector<JobId> ids;
    for (const SubmittedJob& made : ok(db.jobs.submit(std::move(jobs)))) ids.push_back(made.id);
    return ids;
  }

  std::vector<ClaimedJob> claim(int count) { return ok(db.jobs.claim(worker, count)).jobs; }

  static std::vector<JobId> ids_of(const std::vector<ClaimedJob>& jobs) {
    std::vector<JobId> ids;
    for (const ClaimedJob& job : jobs) ids.push_back(job.id);
    return ids;
  }

  // Submits one job and claims it: the only one there is, if the test has left none waiting.
  ClaimedJob running(NewJob job) {
    const JobId id = submit(std::move(job));
    auto claimed = claim(1);
    if (claimed.size() != 1 || claimed.front().id != id) throw std::runtime_error("the job that was just submitted was not claimed");
    return std::move(claimed.front());
  }
  ClaimedJob running() { return running(job()); }

  static AttemptEnd success(const ClaimedJob& claimed) {
    return {.id = claimed.id,
            .fence = claimed.fence,
            .trigger = JobTrigger::succeeded,
            .outcome = AttemptOutcome::succeeded,
            .result = Payload{.text = R"({"b": 1.0})", .blob = {}},
            .exit_code = 0};
  }

  static AttemptEnd failure_for_now(const ClaimedJob& claimed, std::chrono::milliseconds wait) {
    return {.id = claimed.id,
            .fence = claimed.fence,
            .trigger = JobTrigger::failed_for_now,
            .outcome = AttemptOutcome::failed,
            .message = "it broke",
            .wait = wait,
            .exit_code = 1};
  }

  static AttemptEnd failure_for_good(const ClaimedJob& claimed) {
    return {.id = claimed.id,
            .fence = claimed.fence,
            .trigger = JobTrigger::failed_for_good,
            .outcome = AttemptOutcome::timed_out,
            .message = "it took longer than 60 s"};
  }

  static AttemptEnd withdrawal(const ClaimedJob& claimed) {
    return {.id = claimed.id,
            .fence = claimed.fence,
            .trigger = JobTrigger::plugin_removed,
            .outcome = AttemptOutcome::refused,
            .message = "Plugin echo was removed before this job ran"};
  }

  static AttemptEnd give_back(const ClaimedJob& claimed) {
    return {.id = claimed.id,
            .fence = claimed.fence,
            .trigger = JobTrigger::given_back,
            .outcome = AttemptOutcome::given_back,
            .message = "its worker stops"};
  }

  static AttemptEnd not_started(const ClaimedJob& claimed) {
    return {.id = claimed.id,
            .fence = claimed.fence,
            .trigger = JobTrigger::not_started,
            .outcome = AttemptOutcome::not_started,
            .message = "no room for a sandbox"};
  }

  JobStatus finish(AttemptEnd end) { return ok(db.jobs.finish(std::move(end))); }
  // By rising id.
  std::vector<JobId> end_orphans(int count = 100) {
    auto jobs = ok(db.jobs.end_orphans(count)).jobs;
    std::ranges::sort(jobs);
    return jobs;
  }

  Job get(JobId id) { return ok(db.reader.get(id)); }

  // Brings a new job into `status` by the ordinary way.
  JobId job_in(JobStatus status) {
    if (status == JobStatus::queued) return submit(job());
    const ClaimedJob claimed = running();
    switch (status) {
      case JobStatus::queued:
      case JobStatus::processing:
        break;
      case JobStatus::completed:
        finish(success(claimed));
        break;
      case JobStatus::failed:
        finish(failure_for_good(claimed));
        break;
      case JobStatus::cancelled:
        ok(db.jobs.cancel(claimed.id));
        break;
    }
    return claimed.id;
  }

  static constexpr int worker_slots = 10'000;  // of the worker that every test has: none is to run out of them

  StoreFixture db = open_store_under_test();
  User admin;
  User user;
  Plugin plugin;
  WorkerId worker{};
  Timestamp start{};  // when the test began
};

}  // namespace orc
