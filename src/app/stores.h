#pragma once

#include <functional>
#include <memory>

#include "adapters/blob_store/directory_blob_store.h"
#include "adapters/decorators/cached_api_keys.h"
#include "adapters/decorators/cached_plugins.h"
#include "adapters/decorators/cached_user_store.h"
#include "adapters/decorators/signalled_deliberation_store.h"
#include "adapters/metrics/measured_callback_store.h"
#include "adapters/metrics/measured_deliberation_store.h"
#include "adapters/metrics/measured_job_store.h"
#include "adapters/metrics/metrics.h"
#include "adapters/system/data_directory_lock.h"
#include "adapters/system/in_process_event_signals.h"
#include "adapters/system/work_pool.h"
#include "app/database.h"
#include "app/settings.h"
#include "ports/event_log.h"

namespace orc {

// Stores is everything that remembers: the lock on the data folder, the database behind its ports, the blobs in the folder or in the
// database.
class Stores {
 public:
  // Blocks, until `is_stopped` says so where it has to wait for others. The rest outlives the stores.
  // Errors: conflict, if another process owns the folder; those of open_database().
  static Result<std::unique_ptr<Stores>> open(const Settings& settings, Metrics& metrics, WorkPool& files, Clock& clock, Digest& digest,
                                              EventLog& log, std::function<bool()> is_stopped);

  JobStore& jobs() { return measured_jobs_; }
  CallbackStore& callbacks() { return measured_callbacks_; }
  // On the I/O thread: who follows one hears there what was stored.
  DeliberationStore& deliberations() { return deliberations_; }
  EventSignals& event_signals() { return event_signals_; }
  // These remember what they read: every change of users, their keys and plugins by this process goes through them, and of one by another
  // they are told.
  UserStore& users() { return users_; }
  ApiKeyStore& api_keys() { return api_keys_; }
  PluginStore& plugins() { return plugins_; }
  PluginReader& plugin_reader() { return plugin_reader_; }
  Database& database() { return *database_; }
  BlobStore& blobs() { return blobs_; }

  // Whether other processes may work on the same database: their workers are alive.
  bool is_shared() const { return is_shared_; }
  // By another process. From any thread.
  void forget_accounts() { accounts_.forget(); }
  void forget_plugins() { plugin_cache_.forget(); }
  CacheTrust& trust() { return trust_; }

 private:
  // Without a `folder` the database keeps the blobs, and others use it too.
  Stores(DataDirectoryLock lock, std::unique_ptr<Database> database, std::unique_ptr<DirectoryBlobStore> folder, Metrics& metrics,
         Clock& clock)
      : lock_(std::move(lock)),
        is_shared_(!folder),
        database_(std::move(database)),
        folder_(std::move(folder)),
        blobs_(folder_ ? *folder_ : *database_->blob_store()),
        measured_jobs_(database_->jobs(), metrics),
        measured_callbacks_(database_->callbacks(), metrics),
        measured_deliberations_(database_->deliberations(), metrics.deliberations()),
        trust_(is_shared_ ? &clock : nullptr) {}

  const DataDirectoryLock lock_;
  const bool is_shared_;
  const std::unique_ptr<Database> database_;
  const std::unique_ptr<DirectoryBlobStore> folder_;
  BlobStore& blobs_;
  MeasuredJobStore measured_jobs_;
  MeasuredCallbackStore measured_callbacks_;
  MeasuredDeliberationStore measured_deliberations_;
  InProcessEventSignals event_signals_;
  SignalledDeliberationStore deliberations_{measured_deliberations_, event_signals_};
  CacheTrust trust_;
  AccountCache accounts_{trust_};
  CachedUserStore users_{database_->users(), accounts_};
  CachedApiKeyStore api_keys_{database_->api_keys(), accounts_};
  PluginCache plugin_cache_{trust_};
  CachedPluginStore plugins_{database_->plugins(), plugin_cache_};
  CachedPluginReader plugin_reader_{database_->plugin_reader(), plugin_cache_};
};

}  // namespace orc
