#include "app/stores.h"

#include "adapters/sqlite/sqlite_backup.h"

namespace orc {

Result<std::unique_ptr<Stores>> Stores::open(const Settings& settings, Metrics& metrics, WorkPool& files, Clock& clock, Digest& digest) {
  auto lock = DataDirectoryLock::take(settings.data_dir, clock.now());
  if (!lock) return pass_on(lock);
  auto folder = BlobFolder::open(settings.data_dir / "blobs");
  if (!folder) return pass_on(folder);
  if (!settings.uses_postgres()) {
    // A restored backup carries its blobs; they come first, so that no row names one that is not there.
    const auto keep = [&](const sqlite::CarriedBlob& blob) { return (*folder)->put(blob.hash, blob.bytes, clock.now()); };
    if (auto unpacked = sqlite::unpack_backup({.file = settings.database}, keep); !unpacked) return pass_on(unpacked);
  }
  auto database = open_database(settings, &metrics, clock, digest);
  if (!database) return pass_on(database);
  auto blobs = std::make_unique<DirectoryBlobStore>(std::move(*folder), files, clock, digest);
  return std::unique_ptr<Stores>(new Stores(std::move(*lock), std::move(*database), std::move(blobs), settings.uses_postgres(), metrics));
}

}  // namespace orc
