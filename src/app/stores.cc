#include "app/stores.h"

#include "adapters/postgres/postgres_store.h"
#include "adapters/sqlite/sqlite_backup.h"
#include "adapters/sqlite/sqlite_store.h"

namespace orc {
namespace {

// What either store tells about a transaction.
auto observer_of(Metrics& metrics) {
  return [&metrics](const auto& figures) {
    if (figures.succeeded)
      metrics.commit_done(figures.duration, figures.operations, figures.waiting);
    else
      metrics.commit_failed();
  };
}

template <typename Store, typename Options>
Result<std::unique_ptr<Database>> open_database(Options options, Metrics& metrics, Clock& clock, Digest& digest) {
  options.observer = observer_of(metrics);
  auto store = Store::open(std::move(options), clock, digest);
  if (!store) return pass_on(store);
  return std::make_unique<DatabaseOf<Store>>(std::move(*store));
}

// A restored backup carries its blobs; they come first, so that no row names one that is not there.
Result<std::unique_ptr<Database>> open_file(const Settings& settings, BlobFolder& folder, Metrics& metrics, Clock& clock, Digest& digest) {
  const auto keep = [&](const sqlite::CarriedBlob& blob) { return folder.put(blob.hash, blob.bytes, clock.now()); };
  if (auto unpacked = sqlite::unpack_backup({.file = settings.database}, keep); !unpacked) return pass_on(unpacked);
  return open_database<SqliteStore>(sqlite::StoreOptions{.file = settings.database}, metrics, clock, digest);
}

}  // namespace

Result<std::unique_ptr<Stores>> Stores::open(const Settings& settings, Metrics& metrics, WorkPool& files, Clock& clock, Digest& digest) {
  auto lock = DataDirectoryLock::take(settings.data_dir, clock.now());
  if (!lock) return pass_on(lock);
  auto folder = BlobFolder::open(settings.data_dir / "blobs");
  if (!folder) return pass_on(folder);
  const bool is_shared = !settings.postgres_url.empty();
  auto database = is_shared ? open_database<PostgresStore>(postgres::StoreOptions{.url = settings.postgres_url}, metrics, clock, digest)
                            : open_file(settings, **folder, metrics, clock, digest);
  if (!database) return pass_on(database);
  auto blobs = std::make_unique<DirectoryBlobStore>(std::move(*folder), files, clock, digest);
  return std::unique_ptr<Stores>(new Stores(std::move(*lock), std::move(*database), std::move(blobs), is_shared, metrics));
}

}  // namespace orc
