#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "adapters/crypto/bcrypt_password_hasher.h"
#include "adapters/crypto/jwt_token_signer.h"
#include "adapters/crypto/sha256_digest.h"
#include "adapters/json_schema/cached_schema_validator.h"
#include "adapters/package/archive_package_reader.h"
#include "adapters/system/asio_wake_ups.h"
#include "adapters/system/calm_event_log.h"
#include "adapters/system/json_event_log.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_random.h"
#include "app/callbacks.h"
#include "app/deliberations.h"
#include "app/duty_loop.h"
#include "app/events.h"
#include "app/frontend.h"
#include "app/grpc_front.h"
#include "app/registry_link.h"
#include "app/server.h"
#include "app/signals.h"
#include "app/stores.h"
#include "app/worker.h"
#include "application/duties/end_overdue.h"
#include "application/duties/prune_deliberations.h"
#include "application/duties/prune_old_rows.h"
#include "application/duties/rescue_lost_workers.h"
#include "application/duties/sweep_blobs.h"
#include "application/duties/watch_hosts.h"

namespace orc {

// Construction order is dependency order; destruction is the reverse.
struct Server::Parts {
  explicit Parts(const Settings& s);

  Result<void> open(const std::function<bool()>& is_stopped);
  void build_use_cases(const std::string& secret_key);
  void build_worker();
  void build_frontend();
  PluginReader& plugin_reader();
  UseCasePorts use_case_ports();
  Result<void> build_deliberations();
  Result<void> take_over();
  Result<void> compare_keys();
  Result<void> write_files(const Endpoints& endpoints);
  Result<Endpoints> listen();
  void start_duties(const Endpoints& endpoints);
  void wait_until_dry();

  const Settings& settings;
  SystemClock clock;
  SystemRandom random;
  Sha256Digest digest;
  JsonEventLog lines;
  CalmEventLog log{lines, clock};
  Metrics metrics;
  boost::asio::io_context io{1};
  WorkPool files{"file operations", {.threads = 2, .waiting_max = 4096}};
  WorkPool parsing{"large documents", {.threads = 1, .waiting_max = 256}};
  AsioWakeUps wake_ups{io.get_executor()};
  std::unique_ptr<Stores> stores;
  std::string instance;  // of the data directory
  std::optional<Signals> signals;
  CachedSchemaValidator schemas{parsing, {}};
  // Apart, so that a flood of submissions never costs a finished run its result; bounded by the slots of the worker.
  WorkPool outputs{"large outputs", {.threads = 1, .waiting_max = 1000}};
  CachedSchemaValidator output_schemas{outputs, {}};
  ArchivePackageReader packages{files};
  BcryptPasswordHasher passwords{settings.password_cost};
  std::optional<JwtTokenSigner> tokens;
  std::string operator_key;
  std::string key_mark;                  // tells secret keys from each other, and nothing about them
  std::optional<RegistryLink> registry;  // where plugins are another process's
  std::optional<UseCases> use_cases;
  std::optional<RescueLostWorkers> rescue;
  std::optional<WatchHosts> watch_hosts;
  std::optional<PruneOldRows> prune;
  std::optional<PruneDeliberations> prune_deliberations;
  std::optional<SweepBlobs> sweep;
  std::optional<EndOverdue> end_overdue;
  std::optional<Callbacks> callbacks;
  DutyLoop duties{io, log};
  std::optional<LocalWorker> worker;
  std::unique_ptr<Deliberations> deliberations;
  std::optional<Events> events;  // where this process publishes them
  InheritedSockets inherited;
  std::optional<Frontend> frontend;
  std::unique_ptr<GrpcFront> grpc;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> keep_running;
  std::promise<void> dry;  // nothing is left to do for io_thread
  std::jthread io_thread;
};

}  // namespace orc
