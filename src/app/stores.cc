#include "app/stores.h"

#include "adapters/sqlite/sqlite_backup.h"
#include "app/copied_blobs.h"

namespace orc {
namespace {

constexpr const char* blobs_name = "blobs";

Result<std::unique_ptr<BlobFolder>> open_folder(const Settings& settings, Clock& clock) {
  auto folder = BlobFolder::open(settings.data_dir / blobs_name);
  if (!folder) return folder;
  // A restored backup carries its blobs; they come first, so that no row names one that is not there.
  const auto keep = [&](const sqlite::CarriedBlob& blob) { return (*folder)->put(blob.hash, blob.bytes, clock.now()); };
  if (auto unpacked = sqlite::unpack_backup({.file = settings.database}, keep); !unpacked) return pass_on(unpacked);
  return folder;
}

}  // namespace

Result<std::unique_ptr<Stores>> Stores::open(const Settings& settings, Metrics& metrics, WorkPool& files, Clock& clock, Digest& digest,
                                             EventLog& log, std::function<bool()> is_stopped) {
  auto lock = DataDirectoryLock::take(settings.data_dir, clock.now());
  if (!lock) return pass_on(lock);
  std::unique_ptr<DirectoryBlobStore> blobs;
  if (!settings.uses_postgres()) {
    auto folder = open_folder(settings, clock);
    if (!folder) return pass_on(folder);
    blobs = std::make_unique<DirectoryBlobStore>(std::move(*folder), files, clock, digest);
  }
  DatabaseListener listener{.on_fault = [&log](std::string_view words) { log.warn("a fault of the database", {{"reason", words}}); },
                            .on_opening = [&log](LogLevel level, std::string_view event,
                                                 std::string_view reason) { log.write(level, event, {{"reason", reason}}); },
                            .is_stopped = std::move(is_stopped)};
  auto database = open_database(settings, &metrics, std::move(listener), clock, digest);
  if (!database) return pass_on(database);
  if (BlobStore* const store = (*database)->blob_store()) {
    auto copied = copy_blobs_of_folder(settings.data_dir / blobs_name, *store, settings.postgres_url, digest);
    if (!copied) return pass_on(copied);
  }
  return std::unique_ptr<Stores>(new Stores(std::move(*lock), std::move(*database), std::move(blobs), metrics, clock));
}

}  // namespace orc
