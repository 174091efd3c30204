#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/crypto/callback_secrets.h"
#include "adapters/http/http_client.h"
#include "adapters/rest/access_log.h"
#include "adapters/rest/rate_limiter.h"
#include "adapters/rest/readiness_checks.h"
#include "adapters/system/work_pool.h"
#include "application/deliberation/cancel_deliberation.h"
#include "application/deliberation/execute_deliberation.h"
#include "application/duties/worker_beats.h"
#include "application/job/await_job.h"
#include "application/job/change_job.h"
#include "application/job/drain_worker.h"
#include "application/job/explain_job.h"
#include "application/job/job_access.h"
#include "application/job/submit_jobs.h"
#include "application/job/upload_blob.h"
#include "application/job/work_desk.h"
#include "application/plugin/register_plugin.h"
#include "application/plugin/retire_plugin.h"
#include "application/user/api_keys.h"
#include "application/user/authenticate.h"
#include "application/user/change_user.h"
#include "application/user/delete_user.h"
#include "application/user/log_in.h"
#include "application/user/register_user.h"
#include "ports/blob_store.h"
#include "ports/callback_store.h"
#include "ports/clock.h"
#include "ports/event_outbox.h"
#include "ports/event_signals.h"
#include "ports/job_signals.h"
#include "ports/wake_up.h"
#include "ports/worker_store.h"

namespace orc {

// The use cases that the routes call. All outlive the RestApi.
struct RestUseCases {
  Authenticate& authenticate;
  LogIn& log_in;
  RegisterUser& register_user;
  ChangeUser& change_user;
  DeleteUser& delete_user;
  CreateApiKey& create_api_key;
  DeleteApiKey& delete_api_key;

  SubmitJobs& submit_jobs;
  JobAccess& job_access;
  ExplainJob& explain_job;
  AwaitJob& await_job;
  CancelJob& cancel_job;
  RetryJob& retry_job;
  DeleteJob& delete_job;
  UploadBlob& upload_blob;
  WorkDesk& work_desk;
  DrainWorker& drain_worker;

  AddPlugin& add_plugin;
  ChangePlugin& change_plugin;
  UploadPackage& upload_package;
  RollBackPlugin& roll_back_plugin;
  DeletePlugin& delete_plugin;

  ExecuteDeliberation& execute_deliberation;
  DeliberationAccess& deliberation_access;
  CancelDeliberation& cancel_deliberation;
};

// A request about plugins as it goes to a registry that is another process, and its answer.
struct RegistryQuestion {
  std::string method;
  std::string target;           // path and query, encoded
  std::string content_type;     // of the body; empty: not said
  std::optional<UserId> asker;  // empty: nobody whom the registry may know
  std::string body;
};
using RegistryElsewhere = std::function<Async<HttpReply>(RegistryQuestion)>;

// What the routes read directly, as there is nothing to decide. All outlive the RestApi.
struct RestPorts {
  UserStore& users;
  ApiKeyStore& api_keys;
  JobReader& jobs;
  CallbackStore& callbacks;
  DeliberationStore& deliberations;
  EventOutbox& events;
  EventSignals& event_signals;
  PluginReader& plugins;
  WorkerStore& workers;
  const WorkerBeats& worker_beats;
  BlobStore& blobs;
  JobSignals& signals;
  WakeUps& wake_ups;
  Clock& clock;
  AccessLog& access_log;
  WorkPool& parsing;  // parses bodies and writes answers that would hold the I/O thread
  Digest& digest;
  ReadinessChecks& readiness;                                    // behind /health/ready
  RateLimiter& failed_logins;                                    // by account and address
  RateLimiter& submissions;                                      // by user
  std::function<boost::asio::awaitable<std::string>()> metrics;  // the Prometheus text of /metrics
  const CallbackSecrets& callback_secrets;
  RegistryElsewhere registry;  // answers for plugins, if it is another process; empty: we do
};

}  // namespace orc
