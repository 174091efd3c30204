#include "adapters/postgres/private_server.h"

#include <atomic>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/json/json_document.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/embedded_sql.h"
#include "adapters/postgres/schema.h"
#include "adapters/system/file_descriptor.h"
#include "adapters/system/system_clock.h"

namespace orc::postgres {
namespace {

constexpr std::chrono::seconds patience{30};

std::string run_program(std::vector<std::string> arguments) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) throw std::runtime_error("cannot start " + arguments[0]);
  std::string output;
  char buffer[4096];
  for (ssize_t size = 0; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;) output.append(buffer, static_cast<std::size_t>(size));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("tools/dev/services failed");
  return output;
}

std::string next_mark() {
  static std::atomic<int> last = 0;
  return std::to_string(::getpid()) + "_" + std::to_string(++last);
}

// As docs/operating.md has them. Other test programs may be at the same server.
std::string serving_rights() {
  const std::string role = serving_role;
  return "DO $$ BEGIN CREATE ROLE " + role +
         " LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
         "REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
         "GRANT USAGE ON SCHEMA public TO " +
         role +
         ";"
         "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " +
         role +
         ";"
         "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO " +
         role;
}

// The server's first process, and those that serve the sessions.
std::vector<pid_t> processes_of(pid_t first) {
  std::vector<pid_t> all = {first};
  std::ifstream children("/proc/" + std::to_string(first) + "/task/" + std::to_string(first) + "/children");
  for (pid_t child = 0; children >> child;) all.push_back(child);
  return all;
}

}  // namespace

std::string as_role(const std::string& url, const std::string& role) {
  const auto start = url.find("://") + 3;
  return url.substr(0, start) + role + url.substr(url.find('@', start));
}

PrivateServer::PrivateServer(Durability durability) : durability_(durability), mark_(next_mark()) {
  if (const char* url = std::getenv("ORC_TEST_POSTGRES"); url && *url) {
    url_ = url;
    return;
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "orc-pg-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder can be made");
  folder_ = pattern;
  start();
}

PrivateServer::~PrivateServer() {
  if (folder_.empty()) return;
  go_on();
  act("down");
  std::filesystem::remove_all(folder_);
}

std::string PrivateServer::act(const std::string& what) const {
  std::vector<std::string> command = {
      "/usr/bin/python3", ORC_SOURCE_DIR "/tools/dev/services/run.py", what, "postgres", "--folder", folder_};
  if (durability_ == Durability::fast) command.insert(command.end(), {"--set", "fsync=off"});
  return run_program(std::move(command));
}

void PrivateServer::start() {
  const std::string answer = act("up");
  const auto document = JsonDocument::parse(answer);
  if (!document) throw std::runtime_error("tools/dev/services said: " + answer);
  const JsonValue server = *document->root().find("postgres");
  url_ = server.find("url")->string();
  pid_ = static_cast<pid_t>(server.find("pid")->as_int64().value_or(0));
}

std::string PrivateServer::url_of(const std::string& database) const {
  const auto place = url_.rfind("/postgres?");
  return url_.substr(0, place + 1) + database + url_.substr(place + 9);
}

void PrivateServer::run_script(const std::string& url, const std::string& sql) const {
  const NamedSql catalog(embedded_statements());
  const auto deadline = std::chrono::steady_clock::now() + patience;
  try {
    Connection({.url = url, .statement_max = patience}, catalog, deadline).run_script(sql, deadline);
  } catch (const StorageFault& fault) {
    throw std::runtime_error(fault.what());
  }
}

std::string PrivateServer::make_empty_database() {
  const std::string name = "test_" + mark_ + "_" + std::to_string(++databases_);
  run_script(url_, "CREATE DATABASE " + name + " TEMPLATE template0");
  return url_of(name);
}

std::string PrivateServer::make_database() {
  const std::string pattern = "pattern_" + mark_;
  if (!has_template_) {
    run_script(url_, "CREATE DATABASE " + pattern + " TEMPLATE template0");
    const NamedSql catalog(embedded_statements());
    Connection connection({.url = url_of(pattern), .statement_max = patience}, catalog, std::chrono::steady_clock::now() + patience);
    if (auto migrated = migrate(connection, embedded_migrations(), SystemClock().now(), {}); !migrated)
      throw std::runtime_error(migrated.error().message);
    connection.run_script(serving_rights(), std::chrono::steady_clock::now() + patience);
    has_template_ = true;
  }
  const std::string name = "test_" + mark_ + "_" + std::to_string(++databases_);
  run_script(url_, "CREATE DATABASE " + name + " TEMPLATE " + pattern);
  return url_of(name);
}

void PrivateServer::drop_database(const std::string& url) {
  const auto end = url.find('?');
  const auto start = url.rfind('/', end) + 1;
  run_script(url_, "DROP DATABASE " + url.substr(start, end - start) + " WITH (FORCE)");
}

// Waits until all are dead: the next server does not start while one of them has the memory that they share.
void PrivateServer::kill() {
  ::kill(pid_, SIGSTOP);  // so that it starts no other while we look
  std::vector<FileDescriptor> processes;
  for (const pid_t one : processes_of(pid_)) {
    processes.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, one, 0)));
    ::kill(one, SIGKILL);
  }
  for (const FileDescriptor& one : processes) {
    pollfd end{.fd = one.get(), .events = POLLIN, .revents = 0};
    if (one.is_open()) ::poll(&end, 1, static_cast<int>(std::chrono::milliseconds{patience}.count()));
  }
}

void PrivateServer::pause() {
  for (const pid_t one : processes_of(pid_)) ::kill(one, SIGSTOP);
}

void PrivateServer::go_on() {
  for (const pid_t one : processes_of(pid_)) ::kill(one, SIGCONT);
}

}  // namespace orc::postgres
