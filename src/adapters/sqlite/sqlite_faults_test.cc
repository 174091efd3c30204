// What happens when the disk, the process or a statement fails.
#include <boost/asio/detached.hpp>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/sqlite/broken_disk.h"
#include "adapters/sqlite/connection.h"
#include "adapters/sqlite/sqlite_store.h"
#include "adapters/sqlite/temporary_folder.h"
#include "adapters/system/file_descriptor.h"
#include "adapters/system/system_clock.h"
#include "tests/contract/random_seed.h"
#include "tests/contract/run_async.h"

namespace orc {
namespace {

using testing::HasSubstr;

// A store on a file, with a plugin to submit to.
struct OpenStore {
  explicit OpenStore(const std::filesystem::path& folder, std::string vfs = {})
      : store(ok(SqliteStore::open({.file = folder / "orc.db", .vfs = std::move(vfs)}, clock, digest))) {
    auto known = run(store->plugin_reader().by_name("echo"));
    if (known) {
      plugin = *known;
      return;
    }
    NewPlugin added{.name = "echo", .version = "1.0.0", .description = "", .spec = {}};
    added.spec.command = {"./echo"};
    plugin = ok(store->plugins().add(std::move(added)));
  }

  std::vector<NewJob> jobs(std::size_t count, const std::string& text) const {
    NewJob job{
        .plugin = plugin.id, .version = plugin.current.id, .plugin_name = "echo", .input = {.text = text, .blob = {}}, .share_key = "a"};
    return std::vector<NewJob>(count, job);
  }

  Result<JobId> submit(const std::string& text = "{}") {
    auto made = run(store->jobs().submit(jobs(1, text)));
    if (!made) return std::unexpected(std::move(made).error().error);
    return made->front().id;
  }

  SystemClock clock;
  Sha256Digest digest;
  std::unique_ptr<SqliteStore> store;
  Plugin plugin;
};

// The counters agree with the jobs, and the file with itself.
void expect_sound(const std::filesystem::path& folder) {
  sqlite::Connection file({.file = folder / "orc.db"}, sqlite::Access::read_only);
  EXPECT_EQ(file.query_integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
  EXPECT_EQ(file.query_integer("SELECT count(*) FROM (SELECT owner_id, name_id, status, count(*) FROM jobs GROUP BY 1, 2, 3"
                               " EXCEPT SELECT owner_id, name_id, status, n FROM counters)"),
            0);
  EXPECT_EQ(file.query_integer("SELECT coalesce(sum(n), 0) FROM counters"), file.query_integer("SELECT count(*) FROM jobs"));
  EXPECT_EQ(file.query_integer("SELECT count(*) FROM jobs WHERE queue = 1 AND NOT EXISTS (SELECT 1 FROM shares s"
                               " WHERE s.priority = jobs.priority AND s.share_key = jobs.share_key AND s.class_id = jobs.class_id)"),
            0);
}

// Runs `body` in a process of its own, which ends without any clean-up.
template <typename Body>
pid_t in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

// Submits from sixteen coroutines for ever and writes each id to `out` once it was answered.
[[noreturn]] void submit_for_ever(const std::filesystem::path& folder, int out) {
  OpenStore open(folder);
  boost::asio::io_context io;
  for (int i = 0; i < 16; ++i)
    boost::asio::co_spawn(
        io,
        [&]() -> boost::asio::awaitable<void> {
          for (;;) {
            auto made = co_await open.store->jobs().submit(open.jobs(3, R"({"a": 1})"));
            if (!made) ::_exit(2);
            for (const SubmittedJob& job : *made)
              if (::write(out, &job.id, sizeof job.id) != sizeof job.id) ::_exit(3);
          }
        },
        boost::asio::detached);
  io.run();
  ::_exit(4);
}

TEST(SqliteCrash, no_answered_job_is_lost_when_the_process_is_killed) {
  const auto seed = random_seed();
  SCOPED_TRACE("replay with ORC_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  const TemporaryFolder folder;
  std::vector<JobId> answered;
  for (int round = 0; round < 5; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const FileDescriptor in(ends[0]);
    FileDescriptor out(ends[1]);
    const pid_t child = in_child([&] { submit_for_ever(folder.path(), out.get()); });
    out.close();
    const auto enough = std::uniform_int_distribution<int>(1, 2000)(random);
    JobId id{};
    for (int i = 0; ::read(in.get(), &id, sizeof id) == sizeof id; ++i) {
      answered.push_back(id);
      if (i == enough) ::kill(child, SIGKILL);
    }
    EXPECT_TRUE(WIFSIGNALED(wait_for(child)));

    OpenStore open(folder.path());
    for (const JobId one : answered) ASSERT_EQ(ok(open.store->job_reader().get(one)).input.text, R"({"a": 1})");
    open.store.reset();
    expect_sound(folder.path());
  }
  EXPECT_GE(answered.size(), 5u);
}

TEST(SqliteCrash, ids_are_not_used_again_even_if_the_newest_job_was_removed) {
  const TemporaryFolder folder;
  JobId removed{};
  {
    OpenStore open(folder.path());
    removed = ok(open.submit());
    ok(open.store->jobs().erase(removed));
  }
  OpenStore open(folder.path());
  EXPECT_GT(ok(open.submit()), removed);
}

TEST(SqliteCrash, a_failed_sync_ends_the_process_and_answers_nobody) {
  const TemporaryFolder folder;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const FileDescriptor in(ends[0]);
  FileDescriptor out(ends[1]);
  const pid_t child = in_child([&] {
    ::dup2(out.get(), STDERR_FILENO);
    BrokenDisk disk;
    OpenStore open(folder.path(), BrokenDisk::vfs_name);
    ok(open.submit());
    disk.sync_fails = true;
    if (open.submit()) std::fputs("answered", stderr);
    ::_exit(0);
  });
  out.close();
  std::string words(1000, '\0');
  words.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(in.get(), words.data(), words.size()))));
  const int status = wait_for(child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_THAT(words, HasSubstr("the disk did not keep"));
  EXPECT_THAT(words, Not(HasSubstr("answered")));

  OpenStore open(folder.path());
  EXPECT_GE(ok(open.store->job_reader().list({}, {})).total, 1);
  open.store.reset();
  expect_sound(folder.path());
}

// A file system of its own with a few megabytes.
class SmallDisk {
 public:
  SmallDisk() : mounted_(::mount("orc-test", folder_.path().c_str(), "tmpfs", 0, "size=4m") == 0) {}
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }

  bool is_mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  const bool mounted_;
};

TEST(SqliteFullDisk, refuses_with_a_sentence_keeps_reading_and_heals_by_itself) {
  const SmallDisk disk;
  if (!disk.is_mounted()) GTEST_SKIP() << "NOT RUN: no tmpfs can be mounted here (" << std::strerror(errno) << "); run as root";
  const auto ballast = disk.path() / "ballast";
  for (int round = 0; round < 3; ++round) {
    std::ofstream(ballast) << std::string(512 * 1024, 'x');
    OpenStore open(disk.path());
    const JobId before = ok(open.submit());
    std::vector<JobId> answered;
    Result<JobId> last = before;
    for (int i = 0; i < 2000 && last; ++i) {
      last = open.submit("\"" + std::string(8000, 'x') + "\"");
      if (last) answered.push_back(*last);
    }
    ASSERT_FALSE(last) << "the disk never became full";
    EXPECT_EQ(last.error().code, ErrorCode::unavailable);
    EXPECT_THAT(last.error().message, HasSubstr("no space is left"));
    auto ready = run(open.store->readiness().check());  // writes so little that there may be room for some
    for (int i = 0; i < 1000 && ready; ++i) ready = run(open.store->readiness().check());
    ASSERT_FALSE(ready);
    EXPECT_EQ(ready.error().code, ErrorCode::unavailable);
    EXPECT_EQ(ok(open.store->job_reader().get(before)).id, before);

    std::filesystem::remove(ballast);
    EXPECT_TRUE(open.submit()) << "it did not heal";
    ok(open.store->readiness().check());
    for (const JobId one : answered) EXPECT_TRUE(run(open.store->job_reader().get(one)));
    for (const JobId one : answered) ok(open.store->jobs().erase(one));
    open.store.reset();
    expect_sound(disk.path());
  }
}

// What SQLite says names tables and columns, and files of the host; it is for who runs the service.
TEST(SqliteFaults, the_words_of_the_library_are_for_the_operator_only) {
  const TemporaryFolder folder;
  SystemClock clock;
  Sha256Digest digest;
  std::mutex mutex;
  std::string heard;  // guarded by mutex
  sqlite::StoreOptions options{.file = folder.path() / "orc.db"};
  options.on_fault = [&](std::string_view words) {
    const std::lock_guard lock(mutex);
    heard.append(words).append("\n");
  };
  const auto store = ok(SqliteStore::open(options, clock, digest));
  sqlite::Connection(sqlite::FileOptions{.file = options.file}, sqlite::Access::create)
      .execute("ALTER TABLE users RENAME COLUMN full_name TO other_name");
  const auto told = [](const auto& answer) { return answer ? std::string() : answer.error().message; };
  const std::string refused = "the database refused a statement; the server's log says which and why";
  EXPECT_EQ(told(run(store->users().add({.email = "eve@example.org"}))), refused);
  EXPECT_EQ(told(run(store->users().by_email("eve@example.org"))), refused);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(std::ranges::count(heard, '\n'), 2) << "the write's and the read's: " << heard;
  EXPECT_THAT(heard, HasSubstr("full_name"));
  EXPECT_THAT(heard, Not(HasSubstr("eve@example.org")));
}

}  // namespace
}  // namespace orc
