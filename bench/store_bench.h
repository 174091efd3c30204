#pragma once

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/sqlite/sqlite_store.h"
#include "adapters/system/system_clock.h"

namespace orc {

struct Settings {
  double seconds = 3;
  std::filesystem::path folder = std::filesystem::temp_directory_path();
  int jobs = 1'000'000;  // for lists
  int log_pages = sqlite::WriterLimits{}.log_pages_max;
  std::string only;
};

using SteadyClock = std::chrono::steady_clock;

inline double seconds_since(SteadyTime start) { return std::chrono::duration<double>(SteadyClock::now() - start).count(); }

[[noreturn]] inline void stop_with(const std::string& words) {
  std::fprintf(stderr, "store_bench: %s\n", words.c_str());
  std::exit(1);
}

template <typename T>
T must(Result<T> result) {
  if (!result) stop_with(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline std::vector<SubmittedJob> must(SubmitOutcome outcome) {
  if (!outcome) stop_with(outcome.error().error.message);
  return std::move(*outcome);
}

struct Percentiles {
  std::vector<float> ms;
  double at(double share) {
    if (ms.empty()) return 0;
    std::ranges::sort(ms);
    return ms[std::min(ms.size() - 1, static_cast<std::size_t>(share * static_cast<double>(ms.size())))];
  }
};

inline void print(std::string_view what, double per_second, Percentiles latency) {
  std::printf("%-44.*s %10.0f/s   p50 %7.2f ms   p99 %7.2f ms   max %7.2f ms\n", static_cast<int>(what.size()), what.data(), per_second,
              latency.at(0.5), latency.at(0.99), latency.at(1));
  std::fflush(stdout);
}

class Folder {
 public:
  explicit Folder(const std::filesystem::path& parent) {
    std::string pattern = (parent / "orc-store-bench-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) stop_with("no folder can be made in " + parent.string());
    path = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path;
};

// A store with a plugin, on one I/O thread, as in the server.
struct Bench {
  explicit Bench(const Settings& settings) : Bench(settings, "echo") {}

  Bench(const Settings& settings, std::string plugin_name)
      : folder(settings.folder), store(must(SqliteStore::open(options(settings), clock, digest))) {
    run([&]() -> boost::asio::awaitable<void> {
      NewPlugin added{.name = std::move(plugin_name), .version = "1.0.0", .description = "", .spec = {}};
      added.spec.command = {"./echo"};
      plugin = must(co_await store->plugins().add(std::move(added)));
      worker = must(co_await store->workers().add({.name = "bench:1", .equipment = {.memory_mb = 10'000'000}}));
      NewUser account{.email = "bench@example.org", .full_name = {}, .password_hash = "x"};
      user = must(co_await store->users().add(std::move(account))).id;
    });
    commits = operations = 0;
  }

  sqlite::StoreOptions options(const Settings& settings) {
    sqlite::StoreOptions made{.file = folder.path / "orc.db", .writer = {}, .readers = {}, .observer = observer(), .vfs = {}};
    made.writer.log_pages_max = settings.log_pages;
    return made;
  }

  sqlite::CommitObserver observer() {
    return [this](const sqlite::CommitFigures& figures) {
      ++commits;
      operations += static_cast<double>(figures.operations);
      checkpoint += std::chrono::duration<double>(figures.checkpoint).count();
    };
  }

  void run(const std::function<boost::asio::awaitable<void>()>& coroutine, int times = 1) {
    for (int i = 0; i < times; ++i) boost::asio::co_spawn(io, coroutine, boost::asio::detached);
    io.run();
    io.restart();
  }

  NewJob job() const {
    return {.owner = user,
            .plugin = plugin.id,
            .version = plugin.current.id,
            .plugin_name = plugin.name,
            .input = {.text = text, .blob = {}},
            .priority = job_priority_default,
            .share_key = "user:1",
            .run_at = {},
            .timeout = {},
            .attempts_max = 4,
            .labels = {},
            .idempotency = {},
            .blobs = {}};
  }

  const std::string text = "{\"features\": \"" + std::string(384, 'x') + "\"}";
  Folder folder;
  SystemClock clock;
  Sha256Digest digest;
  double commits = 0, operations = 0, checkpoint = 0;
  boost::asio::io_context io;
  std::unique_ptr<SqliteStore> store;  // ends before io
  Plugin plugin;
  WorkerId worker{};
  UserId user{};
};

// Lists, counts and the start with many jobs; in store_lists_bench.cc.
void bench_lists(const Settings& settings);
// Claims from a queue of as many.
void bench_queue(const Settings& settings);

}  // namespace orc
