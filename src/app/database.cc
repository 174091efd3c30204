#include "app/database.h"

#include <utility>

#include "adapters/postgres/postgres_store.h"
#include "adapters/sqlite/sqlite_store.h"

namespace orc {
namespace {

// A store of either kind as a Database.
template <typename Store>
class DatabaseOf final : public Database {
 public:
  explicit DatabaseOf(std::unique_ptr<Store> store) : store_(std::move(store)) {}

  JobStore& jobs() override { return store_->jobs(); }
  JobReader& job_reader() override { return store_->job_reader(); }
  PluginStore& plugins() override { return store_->plugins(); }
  PluginReader& plugin_reader() override { return store_->plugin_reader(); }
  UserStore& users() override { return store_->users(); }
  ApiKeyStore& api_keys() override { return store_->api_keys(); }
  WorkerStore& workers() override { return store_->workers(); }
  AuditLog& audit() override { return store_->audit(); }
  BlobCatalog& blobs() override { return store_->blobs(); }
  BlobStore* blob_store() override {
    if constexpr (requires { store_->blob_store(); }) {
      return &store_->blob_store();
    } else {
      return nullptr;
    }
  }
  Retention& retention() override { return store_->retention(); }
  CallbackStore& callbacks() override { return store_->callbacks(); }
  DeliberationStore& deliberations() override { return store_->deliberations(); }
  EventOutbox& events() override { return store_->events(); }
  ReadinessProbe& readiness() override { return store_->readiness(); }
  Async<std::optional<std::string>> note_agreement(std::string name, std::string value) override {
    if constexpr (requires { store_->note_agreement(name, value); }) {
      co_return co_await store_->note_agreement(std::move(name), std::move(value));
    } else {
      co_return std::nullopt;
    }
  }
  void stop() override { store_->stop(); }

 private:
  const std::unique_ptr<Store> store_;
};

template <typename Store, typename Options>
Result<std::unique_ptr<Database>> open(Options options, Metrics* metrics, Clock& clock, Digest& digest) {
  if (metrics)
    options.observer = [metrics](const auto& figures) {
      if (figures.succeeded)
        metrics->commit_done(figures.duration, figures.operations, figures.waiting);
      else
        metrics->commit_failed();
    };
  auto store = Store::open(std::move(options), clock, digest);
  if (!store) return pass_on(store);
  return std::make_unique<DatabaseOf<Store>>(std::move(*store));
}

}  // namespace

Result<std::unique_ptr<Database>> open_database(const Settings& settings, Metrics* metrics, DatabaseListener listener, Clock& clock,
                                                Digest& digest) {
  if (settings.uses_postgres()) {
    postgres::StoreOptions options{.url = settings.postgres_url};
    options.on_fault = std::move(listener.on_fault);
    options.opening = {.tell = std::move(listener.on_opening), .is_stopped = std::move(listener.is_stopped)};
    return open<PostgresStore>(std::move(options), metrics, clock, digest);
  }
  sqlite::StoreOptions options{.file = settings.database};
  options.on_fault = std::move(listener.on_fault);
  return open<SqliteStore>(std::move(options), metrics, clock, digest);
}

}  // namespace orc
