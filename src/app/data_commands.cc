#include "app/data_commands.h"

#include <boost/asio/io_context.hpp>
#include <iostream>
#include <thread>

#include "adapters/blob_store/blob_folder.h"
#include "adapters/cli/exit_code.h"
#include "adapters/crypto/sha256_digest.h"
#include "adapters/json/json_writer.h"
#include "adapters/sqlite/data_directory_lock.h"
#include "adapters/sqlite/sqlite_backup.h"
#include "adapters/sqlite/sqlite_store.h"
#include "adapters/system/system_clock.h"
#include "app/settings.h"

namespace orc {
namespace {

struct DataFolder {
  std::string path = default_data_dir();
  std::string target;  // of a backup
  bool as_json = false;
};

// What was done, for people and for programs.
struct Done {
  std::string sentence;
  std::string json;
};

int report(const std::string& command, const Result<Done>& done, bool as_json) {
  if (done) {
    std::cout << (as_json ? done->json : done->sentence) << '\n';
    return static_cast<int>(ExitCode::ok);
  }
  const Failure failure = failure_of(done.error());
  std::cerr << "orc " << command << ": " << failure.message << '\n';
  return static_cast<int>(failure.code);
}

Result<Done> migrate(const DataFolder& folder) {
  SystemClock clock;
  Sha256Digest digest;
  auto lock = DataDirectoryLock::take(folder.path, clock.now());
  if (!lock) return pass_on(lock);
  auto store = SqliteStore::open({.file = std::filesystem::path(folder.path) / "orc.db"}, clock, digest);
  if (!store) return pass_on(store);
  Done done{.sentence = "The database in " + folder.path + " is up to date."};
  JsonWriter json(done.json);
  json.begin_object();
  json.member("data_dir", folder.path);
  json.end_object();
  return done;
}

// Every blob in a folder that a server may be using; one that is swept meanwhile is not missed by any row of the copy.
Result<void> give_blobs(const std::filesystem::path& data_dir, std::size_t& count, const sqlite::TakeBlob& take) {
  SystemClock clock;
  auto blobs = BlobFolder::look_at(data_dir / "blobs");
  for (ContentHash after{};;) {
    auto hashes = blobs->older_than(clock.now() + std::chrono::hours{24}, after, 1000);
    if (!hashes) return pass_on(hashes);
    if (hashes->empty()) return {};
    after = hashes->back();
    for (const ContentHash& hash : *hashes) {
      const auto bytes = blobs->get(hash);
      if (!bytes && bytes.error().code == ErrorCode::not_found) continue;
      if (!bytes) return std::unexpected(bytes.error());
      if (auto taken = take({.hash = hash, .bytes = *bytes}); !taken) return taken;
      ++count;
    }
  }
}

Result<Done> backup(const DataFolder& folder) {
  const std::filesystem::path data_dir = folder.path;
  std::size_t blobs = 0;
  const auto give = [&](const sqlite::TakeBlob& take) { return give_blobs(data_dir, blobs, take); };
  if (auto copied = sqlite::copy_database({.file = data_dir / "orc.db"}, folder.target, give); !copied) return pass_on(copied);
  Done done{.sentence = "Wrote " + folder.target + ": the database and " + std::to_string(blobs) +
                        " blobs.\nTo restore: put it as orc.db into an empty folder and run orc serve --data-dir that folder."};
  JsonWriter json(done.json);
  json.begin_object();
  json.member("file", folder.target);
  json.member("blobs", blobs);
  json.end_object();
  return done;
}

void add_folder_options(CLI::App& command, DataFolder& folder) {
  command.add_flag("--json", folder.as_json, "Answer as JSON");
  command.add_option("--data-dir", folder.path, "Folder of the server's data")->envname("ORC_DATA_DIR")->capture_default_str();
}

}  // namespace

void add_data_commands(CLI::App& app, int& exit_code) {
  auto folder = std::make_shared<DataFolder>();
  CLI::App* const migrate_command = app.add_subcommand("migrate", "Bring the database of a stopped server up to date");
  add_folder_options(*migrate_command, *folder);
  migrate_command->footer("`orc serve` does the same at its start. Example:\n  orc migrate --data-dir /var/lib/orc");
  migrate_command->callback([folder, &exit_code] { exit_code = report("migrate", migrate(*folder), folder->as_json); });

  CLI::App* const backup_command = app.add_subcommand("backup", "Write everything into one file while the server runs");
  add_folder_options(*backup_command, *folder);
  backup_command->add_option("FILE", folder->target, "Must not exist yet")->required();
  backup_command->footer(
      "The file holds password hashes: its mode is 0600. The key that signs logins is not in it; users log in again.\nExample:\n  orc "
      "backup /backups/orc-monday.db\n  mkdir restored && cp /backups/orc-monday.db restored/orc.db && orc serve --data-dir restored");
  backup_command->callback([folder, &exit_code] { exit_code = report("backup", backup(*folder), folder->as_json); });
}

}  // namespace orc
