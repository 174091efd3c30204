#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/rest/rest_api.h"
#include "adapters/system/in_process_event_signals.h"
#include "tests/fakes/fake_deliberation_parts.h"
#include "tests/fakes/fake_package_reader.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/fake_schema_validator.h"
#include "tests/fakes/fake_signals.h"
#include "tests/fakes/fake_wake_ups.h"
#include "tests/fakes/memory_stores.h"
#include "tests/fakes/recording_event_log.h"

namespace orc {

struct RestReply {
  int status = 0;
  std::string body;
  std::string content_type;
  std::vector<HttpField> headers;

  // Empty if there is none.
  std::string header(std::string_view name) const;
};

struct RestCall {
  std::string_view method;
  std::string target;
  std::string body = {};
  std::vector<HttpField> headers = {};
  std::string peer = "192.0.2.7";
};

// A readiness probe that says what the test wants.
class FakeProbe final : public ReadinessProbe {
 public:
  std::string_view name() const override { return "store"; }
  Async<std::string> check() override { co_return answer; }

  Result<std::string> answer = "the database answers";
};

// None: nobody waits.
struct Rates {
  std::optional<Rate> failed_logins = {};
  std::optional<Rate> submissions = {};
};

// RestSite is everything behind the routes, on the in-memory stores: users, plugins and jobs are made by calls as a client would make them.
class RestSite {
 public:
  explicit RestSite(RestSettings settings = {}, Registration registration = Registration::open, Rates rates = {});

  // Sends a request to the API, or to the registry's port. A body without a Content-Type is sent as JSON.
  RestReply call(RestCall call) { return send(api, std::move(call)); }
  RestReply call_registry(RestCall call) { return send(registry, std::move(call)); }
  RestReply get(std::string target, const std::string& token);
  RestReply post(std::string target, std::string body, const std::string& token);
  RestReply put(std::string target, std::string body, const std::string& token);
  RestReply erase(std::string target, const std::string& token);

  // Runs two calls at once, the second starting while the first waits.
  std::pair<RestReply, RestReply> call_both(RestCall first, RestCall second);

  // The same of any number.
  std::vector<RestReply> call_all(std::vector<RestCall> calls);

  // Registers `email` with the password "long enough" and gives a token. The first one is an administrator.
  std::string token_of_new(const std::string& email);
  // The same without registration.
  std::string token_of_new_admin();
  void add_plugin(const std::string& name);

  // A job of `plugin` that a worker has brought to its end.
  void run_next_job(JobTrigger trigger, std::string text);

  template <typename T>
  T run(boost::asio::awaitable<T> work);

  std::uint64_t room = std::uint64_t{1} << 30;  // for what an answer holds

  MemoryStores stores;
  FakeSignals signals{stores.clock};
  InProcessEventSignals event_signals;
  FakeSchemaValidator schemas;
  FakePackageReader packages;
  FakePasswordHasher hasher;
  FakeTokenSigner signer;
  FakeRandom random;
  RecordingEventLog log;
  FakeProbe probe;
  boost::asio::io_context io;  // outlives the pool, whose thread posts to it
  WorkPool pool{"bodies", {.threads = 1, .waiting_max = 8}};
  AccessLog access_log{log};
  ReadinessChecks readiness{{&probe}, stores.clock};
  RateLimiter failed_logins;
  RateLimiter submissions;

  Payloads payloads{stores.blobs};
  JobAccess job_access{stores.job_reader, payloads};
  ExplainJob explain_job{job_access,
                         {.jobs = stores.job_reader, .plugins = stores.plugin_reader, .workers = stores.workers, .clock = stores.clock}};
  Authenticate authenticate{stores.users, stores.api_keys, signer, stores.clock, stores.digest, {}};
  LogIn log_in{stores.users, hasher, signer, stores.clock, stores.audit, std::chrono::hours{1}};
  RegisterUser register_user;
  ChangeUser change_user{stores.users, hasher, stores.audit};
  EndOrphans end_orphans{stores.jobs, signals, log};
  DeleteUser delete_user{stores.users, end_orphans, stores.audit};
  CreateApiKey create_api_key{stores.api_keys, random, stores.digest, stores.audit};
  DeleteApiKey delete_api_key{stores.api_keys, stores.audit};
  CallbackSecrets callback_secrets{"a secret key for a test"};
  SubmitJobs submit_jobs{stores.jobs,
                         stores.job_reader,
                         stores.plugin_reader,
                         schemas,
                         payloads,
                         stores.blob_catalog,
                         signals,
                         CallbackOrigins({"https://hooks.example.org"})};
  AwaitJob await_job{job_access, signals, stores.clock};
  CancelJob cancel_job{stores.jobs, job_access, signals, stores.audit};
  RetryJob retry_job{stores.jobs, job_access, stores.plugin_reader, signals, stores.audit};
  DeleteJob delete_job{stores.jobs, job_access, signals, stores.audit};
  UploadBlob upload_blob{stores.blobs, stores.blob_catalog};
  FakeWakeUps wake_ups{signals};
  WorkDesk work_desk{{.store = stores.jobs,
                      .reader = stores.job_reader,
                      .workers = stores.workers,
                      .plugins = stores.plugin_reader,
                      .schemas = schemas,
                      .signals = signals,
                      .random = random,
                      .clock = stores.clock},
                     payloads,
                     1};
  WorkerBeats worker_beats;
  DrainWorker drain_worker{stores.workers, signals, stores.audit};
  AddPlugin add_plugin_case{stores.plugins, schemas, stores.audit};
  ChangePlugin change_plugin{stores.plugins, schemas, stores.audit};
  UploadPackage upload_package{add_plugin_case, change_plugin, stores.plugin_reader, packages, schemas, stores.blobs};
  RollBackPlugin roll_back_plugin{stores.plugins, stores.plugin_reader, stores.audit};
  DeletePlugin delete_plugin{stores.plugins, end_orphans, stores.audit};

  ClosedModel model;
  RecordingDeliberationSignals deliberation_signals;
  ExecuteDeliberation execute_deliberation{{.store = stores.deliberations,
                                            .model = model,
                                            .plugins = stores.plugin_reader,
                                            .signals = deliberation_signals,
                                            .clock = stores.clock,
                                            .random = random},
                                           {}};
  DeliberationAccess deliberation_access{stores.deliberations};
  CancelDeliberation cancel_deliberation{stores.deliberations, deliberation_access, deliberation_signals, stores.audit};

  RestApi api;
  RestApi registry;

 private:
  RestUseCases use_cases();
  RestPorts ports();
  RestReply send(RestApi& to, RestCall call);
  boost::asio::awaitable<RestReply> answer(RestApi& to, RestCall call);

  std::optional<WorkerId> worker_;
};

// The text of a member of a JSON object, raw; empty if there is none.
std::string member_of(const std::string& json, std::string_view name);

// Compares with tests/golden/rest/<name>.json; with ORC_REWRITE_GOLDEN in the environment writes it instead.
bool equals_golden(std::string_view name, const std::string& json);

}  // namespace orc
