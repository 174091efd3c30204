// How fast the PostgreSQL store takes jobs in and hands them out. usage: orc_postgres_bench URL [SECONDS]   (an empty database)
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/postgres/postgres_store.h"
#include "adapters/system/system_clock.h"

namespace orc {
namespace {

using SteadyClock = std::chrono::steady_clock;

[[noreturn]] void stop_with(const std::string& words) {
  std::fprintf(stderr, "orc_postgres_bench: %s\n", words.c_str());
  std::exit(1);
}

template <typename T>
T must(Result<T> result) {
  if (!result) stop_with(result.error().message);
  return std::move(*result);
}

struct Bench {
  explicit Bench(const std::string& url) : store(must(PostgresStore::open({.url = url}, clock, digest))) {}

  template <typename T>
  T now(Async<T> coroutine) {
    std::optional<Result<T>> answer;
    boost::asio::co_spawn(io, std::move(coroutine), [&](const std::exception_ptr&, Result<T> value) { answer.emplace(std::move(value)); });
    io.restart();
    io.run();
    return must(std::move(*answer));
  }

  SystemClock clock;
  Sha256Digest digest;
  boost::asio::io_context io{1};
  std::unique_ptr<PostgresStore> store;
  NewJob job;
  WorkerId worker{};
  std::vector<float> latency_ms;
  std::int64_t done = 0;
  std::int64_t finished = 0;  // runs, where submissions are what is counted
  std::int64_t failed = 0;
};

void prepare(Bench& bench) {
  const User user = bench.now(bench.store->users().add({.email = "bench@example.org", .password_hash = "x"}));
  PluginSpec spec;
  spec.command = {"./echo"};
  const Plugin plugin = bench.now(bench.store->plugins().add({.name = "echo", .version = "1.0.0", .description = "", .spec = spec}));
  bench.worker = bench.now(bench.store->workers().add({.name = "bench", .equipment = {.memory_mb = 10'000'000}}));
  bench.job = {.owner = user.id,
               .plugin = plugin.id,
               .version = plugin.current.id,
               .plugin_name = "echo",
               .input = {.text = R"({"features": [1.0, 2.5, 3.25], "note": ")" + std::string(350, 'x') + "\"}", .blob = {}},
               .share_key = "user:1"};
}

boost::asio::awaitable<void> submit_until(Bench& bench, SteadyTime end, std::size_t batch) {
  while (SteadyClock::now() < end) {
    const auto before = SteadyClock::now();
    const auto made = co_await bench.store->jobs().submit(std::vector<NewJob>(batch, bench.job));
    ++(made ? bench.done : bench.failed);
    bench.latency_ms.push_back(std::chrono::duration<float, std::milli>(SteadyClock::now() - before).count());
  }
}

boost::asio::awaitable<void> finish_one(Bench& bench, ClaimedJob job, std::int64_t& count) {
  const auto ended = co_await bench.store->jobs().finish({.id = job.id,
                                                          .fence = job.fence,
                                                          .trigger = JobTrigger::succeeded,
                                                          .outcome = AttemptOutcome::succeeded,
                                                          .result = Payload{.text = R"({"ok": true})", .blob = {}}});
  ++(ended ? count : bench.failed);
}

// A worker with `slots` places that claims for those that are free.
boost::asio::awaitable<void> work_until(Bench& bench, SteadyTime end, int slots, std::int64_t& count) {
  while (SteadyClock::now() < end) {
    const auto claim = co_await bench.store->jobs().claim(bench.worker, slots);
    if (!claim || claim->jobs.empty()) co_return;
    for (const ClaimedJob& job : claim->jobs) co_await finish_one(bench, job, count);
  }
}

boost::asio::awaitable<void> prune_until(Bench& bench, SteadyTime end, int& pruned) {
  while (SteadyClock::now() < end) {
    const auto removed = co_await bench.store->retention().prune_jobs(bench.clock.now(), 1000);
    if (!removed || *removed == 0) co_return;
    pruned += *removed;
  }
}

void report(Bench& bench, const std::string& what, double seconds, double rows_each) {
  std::ranges::sort(bench.latency_ms);
  const auto percentile = [&](double share) {
    return bench.latency_ms.empty() ? 0
                                    : bench.latency_ms[static_cast<std::size_t>(share * static_cast<double>(bench.latency_ms.size() - 1))];
  };
  std::printf("%-44s %9.0f /s   p50 %6.2f   p99 %7.2f   max %7.2f ms   failed %lld\n", what.c_str(),
              static_cast<double>(bench.done) * rows_each / seconds, static_cast<double>(percentile(0.5)),
              static_cast<double>(percentile(0.99)), static_cast<double>(percentile(1)), static_cast<long long>(bench.failed));
  std::fflush(stdout);
  bench.latency_ms.clear();
  bench.done = bench.failed = 0;
}

template <typename Start>
void measure(Bench& bench, const std::string& what, int seconds, double rows_each, Start start) {
  const auto begin = SteadyClock::now();
  start(begin + std::chrono::seconds{seconds});
  bench.io.restart();
  bench.io.run();
  report(bench, what, std::chrono::duration<double>(SteadyClock::now() - begin).count(), rows_each);
}

void run(const std::string& url, int seconds) {
  Bench bench(url);
  prepare(bench);
  const auto spawn = [&](boost::asio::awaitable<void> work) { boost::asio::co_spawn(bench.io, std::move(work), boost::asio::detached); };
  const auto submitters = [&](int count, std::size_t batch) {
    return [&, count, batch](SteadyTime end) {
      for (int i = 0; i < count; ++i) spawn(submit_until(bench, end, batch));
    };
  };
  measure(bench, "submit, 1 at a time", seconds, 1, submitters(1, 1));
  measure(bench, "submit, 64 at once", seconds, 1, submitters(64, 1));
  measure(bench, "submit, 256 at once", seconds, 1, submitters(256, 1));
  measure(bench, "submit, 4 at once, 100 jobs each", seconds, 100, submitters(4, 100));
  measure(bench, "claim and finish, 64 runs at once", seconds, 1, [&](SteadyTime end) {
    for (int i = 0; i < 64; ++i) spawn(work_until(bench, end, 4, bench.done));
  });
  measure(bench, "submit 64 at once, beside claim and finish", seconds, 1, [&](SteadyTime end) {
    submitters(64, 1)(end);
    for (int i = 0; i < 32; ++i) spawn(work_until(bench, end, 4, bench.finished));
  });
  std::printf("finished meanwhile: %.0f /s\n", static_cast<double>(bench.finished) / seconds);
  int pruned = 0;
  measure(bench, "submit 64 at once, while jobs are pruned", seconds, 1, [&](SteadyTime end) {
    submitters(64, 1)(end);
    spawn(prune_until(bench, end, pruned));
  });
  std::printf("pruned meanwhile: %d\n", pruned);
}

}  // namespace
}  // namespace orc

int main(int argc, char** argv) {
  if (argc < 2) orc::stop_with("usage: orc_postgres_bench URL [SECONDS]");
  orc::run(argv[1], argc > 2 ? std::atoi(argv[2]) : 3);
  return 0;
}
