#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "adapters/metrics/metrics.h"
#include "app/settings.h"
#include "ports/audit_log.h"
#include "ports/blob_store.h"
#include "ports/callback_store.h"
#include "ports/clock.h"
#include "ports/credentials.h"
#include "ports/deliberation_store.h"
#include "ports/event_log.h"
#include "ports/event_outbox.h"
#include "ports/job_reader.h"
#include "ports/job_store.h"
#include "ports/plugin_store.h"
#include "ports/readiness.h"
#include "ports/retention.h"
#include "ports/user_store.h"
#include "ports/worker_store.h"

namespace orc {

// Database is whichever store keeps the rows, seen through its ports. Each lives as long as the database.
class Database {
 public:
  virtual ~Database() = default;

  virtual JobStore& jobs() = 0;
  virtual JobReader& job_reader() = 0;
  virtual PluginStore& plugins() = 0;
  virtual PluginReader& plugin_reader() = 0;
  virtual UserStore& users() = 0;
  virtual ApiKeyStore& api_keys() = 0;
  virtual WorkerStore& workers() = 0;
  virtual AuditLog& audit() = 0;
  virtual BlobCatalog& blobs() = 0;
  // Nothing: this database keeps no blobs, the data folder does.
  virtual BlobStore* blob_store() = 0;
  virtual Retention& retention() = 0;
  virtual CallbackStore& callbacks() = 0;
  virtual DeliberationStore& deliberations() = 0;
  virtual EventOutbox& events() = 0;
  virtual ReadinessProbe& readiness() = 0;
  // Notes `value` as that on which all processes on this database should agree under `name`. Gives what was noted before; nothing where
  // this process is alone on it. Errors: unavailable.
  virtual Async<std::optional<std::string>> note_agreement(std::string name, std::string value) = 0;

  // Finishes what was asked for, and answers everything later with unavailable. Safe twice.
  virtual void stop() = 0;
};

// What the operator hears of a database. From any thread; each may be empty.
struct DatabaseListener {
  std::function<void(std::string_view words)> on_fault;  // what it said of a fault; who asked hears a sentence of ours
  // While it is opened: what is waited for and changed, and what somebody has to do something about.
  std::function<void(LogLevel level, std::string_view event, std::string_view reason)> on_opening;
  // Whether the opening is to be given up; asked twice a second where it waits.
  std::function<bool()> is_stopped;
};

// Opens what the settings name and brings it up to date. Blocks. `metrics`, if any, counts its transactions; everything outlives the
// database.
// Errors: conflict, if it is of a newer release or cannot be adopted; permission_denied, if its role may not bring it up to date;
// unavailable, also if it was stopped.
Result<std::unique_ptr<Database>> open_database(const Settings& settings, Metrics* metrics, DatabaseListener listener, Clock& clock,
                                                Digest& digest);

}  // namespace orc
