#include "app/data_commands.h"

#include <boost/asio/io_context.hpp>
#include <iostream>
#include <thread>

#include "adapters/blob_store/blob_folder.h"
#include "adapters/cli/exit_code.h"
#include "adapters/crypto/sha256_digest.h"
#include "adapters/json/json_writer.h"
#include "adapters/sqlite/sqlite_backup.h"
#include "adapters/system/data_directory_lock.h"
#include "adapters/system/system_clock.h"
#include "app/database.h"
#include "app/serve_command.h"

namespace orc {
namespace {

struct DataOptions {
  RawSettings place;   // where the data is; the rest is of no interest here
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

Result<Done> migrate(const DataOptions& options) {
  const auto settings = validate(options.place);
  if (!settings) return std::unexpected(settings.error());
  SystemClock clock;
  Sha256Digest digest;
  auto lock = DataDirectoryLock::take(settings->data_dir, clock.now());
  if (!lock) return pass_on(lock);
  DatabaseListener listener;
  listener.on_opening = [](LogLevel, std::string_view event, std::string_view reason) {
    std::cerr << "orc migrate: " << event << ": " << reason << '\n';
  };
  auto database = open_database(*settings, nullptr, std::move(listener), clock, digest);
  if (!database) return pass_on(database);
  // The URL may hold a password.
  const std::string name = settings->uses_postgres() ? "of DATABASE_URL" : settings->database.string();
  Done done{.sentence = "The database " + name + " is up to date."};
  JsonWriter json(done.json);
  json.begin_object();
  json.member("data_dir", settings->data_dir.native());
  json.member("database", settings->uses_postgres() ? std::string("postgresql") : settings->database.native());
  json.end_object();
  return done;
}

// Every blob in a folder that a server may be using, counted. One that is swept meanwhile is left out: copy_database() knows whether it is
// missed.
Result<void> give_blobs(const std::filesystem::path& data_dir, std::size_t& count, const sqlite::TakeBlob& take) {
  SystemClock clock;
  count = 0;
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

Result<Done> backup(const DataOptions& options) {
  const auto settings = validate(options.place);
  if (!settings) return std::unexpected(settings.error());
  if (settings->uses_postgres())
    return fail(ErrorCode::invalid_argument, "DATABASE_URL names a PostgreSQL server: back that up with pg_dump; it holds everything");
  std::size_t blobs = 0;
  const auto give = [&](const sqlite::TakeBlob& take) { return give_blobs(settings->data_dir, blobs, take); };
  if (auto copied = sqlite::copy_database({.file = settings->database}, options.target, give); !copied) return pass_on(copied);
  Done done{.sentence = "Wrote " + options.target + ": the database and " + std::to_string(blobs) +
                        " blobs.\nTo restore: put it as orc.db into an empty folder and run orc serve --data-dir that folder."};
  JsonWriter json(done.json);
  json.begin_object();
  json.member("file", options.target);
  json.member("blobs", blobs);
  json.end_object();
  return done;
}

void add_data_options(CLI::App& command, DataOptions& options) {
  command.add_flag("--json", options.as_json, "Answer as JSON");
  add_place_flags(command, options.place);
}

}  // namespace

void add_data_commands(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DataOptions>();
  CLI::App* const migrate_command = app.add_subcommand("migrate", "Bring the database of a stopped server up to date");
  add_data_options(*migrate_command, *options);
  migrate_command->footer("`orc serve` does the same at its start. Example:\n  orc migrate --data-dir /var/lib/orc");
  migrate_command->callback([options, &exit_code] { exit_code = report("migrate", migrate(*options), options->as_json); });

  CLI::App* const backup_command = app.add_subcommand("backup", "Write everything into one file while the server runs");
  add_data_options(*backup_command, *options);
  backup_command->add_option("FILE", options->target, "Must not exist yet")->required();
  backup_command->footer(
      "The file holds password hashes: its mode is 0600. The server's key (secret_key in the data folder, or SECRET_KEY) is not in it: "
      "without "
      "that users log in again and callbacks are signed with other secrets. To look into a backup only, start it with --roles api, or its "
      "waiting jobs run a second time.\nExample:\n  orc backup /backups/orc-monday.db\n  mkdir restored && cp /backups/orc-monday.db "
      "restored/orc.db && orc serve --data-dir restored");
  backup_command->callback([options, &exit_code] { exit_code = report("backup", backup(*options), options->as_json); });
}

}  // namespace orc
