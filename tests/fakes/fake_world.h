#pragma once

#include <string>
#include <utility>

#include "application/actor.h"
#include "application/job/job_access.h"
#include "application/job/payloads.h"
#include "application/job/run_job.h"
#include "application/job/work_desk.h"
#include "application/job/worker_registration.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_cluster.h"
#include "tests/fakes/fake_credentials.h"
#include "tests/fakes/fake_package_reader.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/fake_schema_validator.h"
#include "tests/fakes/fake_signals.h"
#include "tests/fakes/fake_wake_ups.h"
#include "tests/fakes/memory_stores.h"
#include "tests/fakes/recording_event_log.h"

namespace orc {

// FakeWorld is everything that a use case may need, in memory: an administrator, a user, another user, and the plugin "echo".
struct FakeWorld : MemoryStores {
  FakeSignals signals{clock};
  FakeWakeUps wake_ups{signals};
  FakePasswordHasher hasher;
  FakeTokenSigner signer;
  FakeRandom random;
  FakeSchemaValidator schemas;
  FakePackageReader packages;
  FakeCluster cluster;
  RecordingEventLog log;
  Payloads payloads{blobs};
  JobAccess access{job_reader, payloads};
  WorkDesk desk{{.store = jobs,
                 .reader = job_reader,
                 .workers = workers,
                 .plugins = plugin_reader,
                 .schemas = schemas,
                 .signals = signals,
                 .random = random,
                 .clock = clock},
                payloads,
                1};
  RunJob run_job{{.source = desk, .blobs = blobs, .cluster = cluster, .wake_ups = wake_ups, .clock = clock}};

  User ada = add_user("ada@example.org");  // the first one, so an administrator
  User bob = add_user("bob@example.org");
  User eve = add_user("eve@example.org");
  Plugin echo = add_plugin("echo");
  WorkerRegistration registration{desk};
  WorkerId worker = signed_on();

  WorkerId signed_on() {
    ok(registration.sign_on({.name = "host:1", .slots = 4}));
    return registration.id();
  }

  User add_user(std::string email) { return ok(users.add({.email = std::move(email), .password_hash = "hash of password"})); }

  Plugin add_plugin(std::string name, PluginSpec spec = folder_spec()) {
    return ok(plugins.add({.name = std::move(name), .version = "1.0.0", .description = "", .spec = std::move(spec)}));
  }

  static PluginSpec folder_spec() {
    PluginSpec spec;
    spec.command = {"./run"};
    return spec;
  }

  static Principal principal(const User& user) { return {.user = user.id, .role = user.role}; }
  static Actor actor(const User& user) { return {.kind = Actor::Kind::account, .principal = principal(user), .from = "127.0.0.1"}; }
  static Actor nobody() { return {.kind = Actor::Kind::anonymous, .principal = {}, .from = "127.0.0.1"}; }
  static Actor local_operator() { return {.kind = Actor::Kind::local_operator, .principal = {}, .from = {}}; }

  // A queued job of `owner` for "echo".
  NewJob job_of(const User& owner) const {
    return {.owner = owner.id,
            .plugin = echo.id,
            .version = echo.current.id,
            .plugin_name = "echo",
            .input = {.text = "{}", .blob = {}},
            .share_key = "k"};
  }
  JobId submit(NewJob job) { return ok(jobs.submit({std::move(job)})).front().id; }
  ClaimedJob claim() { return std::move(ok(jobs.claim(worker, 1)).jobs.at(0)); }
  Assignment assigned() { return std::move(ok(desk.claim(worker, 1, clock.steady_now(), {})).at(0)); }
  Job job(JobId id) { return state.jobs.at(id).job; }

  // "user.login user 3 ok", of the last entry; empty if there is none.
  std::string last_audit() const {
    if (state.audit.empty()) return {};
    const AuditEntry& entry = state.audit.back().entry;
    return entry.action + " " + entry.subject + (entry.succeeded ? " ok" : " failed");
  }
};

template <typename Id>
std::string number_of(Id id) {
  return std::to_string(std::to_underlying(id));
}

}  // namespace orc
