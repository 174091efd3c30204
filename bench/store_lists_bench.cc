// Lists, counts and the start with many jobs.
#include <cmath>
#include <random>

#include "store_bench.h"

namespace orc {
namespace {

// Jobs as a busy service has them: 200 users of whom a few are heavy, five plugins, most jobs ended, some queued.
class Filled {
 public:
  explicit Filled(const Settings& settings) : bench(settings), jobs_(settings.jobs) {
    add_owners_and_plugins();
    const auto start = SteadyClock::now();
    submit_all();
    end_most();
    std::printf("%d jobs made in %.1f s\n", jobs_, seconds_since(start));
  }

  Bench bench;
  std::vector<UserId> owners;
  std::vector<Plugin> plugins;

 private:
  void add_owners_and_plugins() {
    bench.run([&]() -> boost::asio::awaitable<void> {
      for (int i = 0; i < 200; ++i) {
        NewUser account{.email = "user" + std::to_string(i) + "@example.org", .full_name = {}, .password_hash = "x"};
        owners.push_back(must(co_await bench.store->users().add(std::move(account))).id);
      }
      for (int i = 0; i < 5; ++i) {
        NewPlugin added{.name = "plugin-" + std::to_string(i), .version = "1.0.0", .description = "", .spec = {}};
        added.spec.command = {"./echo"};
        plugins.push_back(must(co_await bench.store->plugins().add(std::move(added))));
      }
    });
  }

  NewJob random_job() {
    std::uniform_real_distribution<double> dice;
    const auto of = [&](std::size_t size) { return static_cast<std::size_t>(std::pow(dice(random_), 4) * static_cast<double>(size)); };
    NewJob job = bench.job();
    const Plugin& plugin = plugins[of(plugins.size())];
    job.owner = owners[of(owners.size())];
    job.plugin = plugin.id;
    job.version = plugin.current.id;
    job.plugin_name = plugin.name;
    job.share_key = "user:" + std::to_string(std::to_underlying(*job.owner));
    return job;
  }

  void submit_all() {
    int left = jobs_;
    bench.run(
        [&]() -> boost::asio::awaitable<void> {
          while (left > 0) {
            std::vector<NewJob> some;
            for (int i = 0; i < 1000 && left > 0; ++i, --left) some.push_back(random_job());
            must(co_await bench.store->jobs().submit(std::move(some)));
          }
        },
        4);
  }

  // Nine of ten are claimed; of these one of a thousand goes on, one of twenty fails.
  void end_most() {
    int left = jobs_ / 10 * 9;
    int done = 0;
    bench.run(
        [&]() -> boost::asio::awaitable<void> {
          while (left > 0) {
            left -= 100;
            const Claim claim = must(co_await bench.store->jobs().claim(bench.worker, 100));
            for (const ClaimedJob& claimed : claim.jobs) {
              if (++done % 1000 == 0) continue;
              const bool fails = done % 20 == 0;
              AttemptEnd end{.id = claimed.id,
                             .fence = claimed.fence,
                             .trigger = fails ? JobTrigger::failed_for_good : JobTrigger::succeeded,
                             .outcome = fails ? AttemptOutcome::failed : AttemptOutcome::succeeded,
                             .result = {},
                             .message = "it broke",
                             .wait = {},
                             .exit_code = 0,
                             .usage = {},
                             .log = {}};
              if (!fails) end.result = Payload{.text = R"({"prediction": "class_A"})", .blob = {}};
              must(co_await bench.store->jobs().finish(std::move(end)));
            }
          }
        },
        64);
  }

  const int jobs_;
  std::mt19937_64 random_{7};
};

void list(Bench& bench, double seconds, std::string_view what, const JobFilter& filter, Page page) {
  Percentiles latency;
  std::int64_t total = 0;
  const auto start = SteadyClock::now();
  bench.run([&]() -> boost::asio::awaitable<void> {
    while (seconds_since(start) < seconds) {
      const auto before = SteadyClock::now();
      total = must(co_await bench.store->job_reader().list(filter, page)).total;
      latency.ms.push_back(static_cast<float>(seconds_since(before) * 1000));
    }
  });
  const double rate = static_cast<double>(latency.ms.size()) / seconds_since(start);
  print(std::string(what) + " (" + std::to_string(total) + ")", rate, std::move(latency));
}

void reopen(Bench& bench) {
  bench.store.reset();
  const auto start = SteadyClock::now();
  bench.store = must(SqliteStore::open({.file = bench.folder.path / "orc.db", .writer = {}, .readers = {}, .observer = {}, .vfs = {}},
                                       bench.clock, bench.digest));
  std::printf("open %.1f ms\n", seconds_since(start) * 1000);
  bench.run([&]() -> boost::asio::awaitable<void> {
    const auto before = SteadyClock::now();
    must(co_await bench.store->jobs().submit(std::vector<NewJob>(1, bench.job())));
    must(co_await bench.store->jobs().claim(bench.worker, 10));
    std::printf("first submission and claim %.1f ms\n", seconds_since(before) * 1000);
  });
}

}  // namespace

void bench_lists(const Settings& settings) {
  Filled filled(settings);
  Bench& bench = filled.bench;
  reopen(bench);
  const double seconds = settings.seconds / 4;
  const Page first{.skip = 0, .limit = 50};
  const Page far{.skip = 5000, .limit = 50};
  const Page middle{.skip = settings.jobs / 3, .limit = 50};
  const UserId heavy = filled.owners.front();
  const UserId light = filled.owners.back();
  const std::string common = filled.plugins.front().name;
  const std::string rare = filled.plugins.back().name;
  using enum JobStatus;
  list(bench, seconds, "list own, heavy user", {.owner = heavy}, first);
  list(bench, seconds, "list own, light user", {.owner = light}, first);
  list(bench, seconds, "list own, completed", {.owner = heavy, .status = completed}, first);
  list(bench, seconds, "list own, failed", {.owner = heavy, .status = failed}, first);
  list(bench, seconds, "list own, plugin", {.owner = heavy, .plugin_name = common}, first);
  list(bench, seconds, "list own, plugin and status", {.owner = heavy, .status = completed, .plugin_name = common}, first);
  list(bench, seconds, "list own, skip 5000", {.owner = heavy}, far);
  list(bench, seconds, "list all", {}, first);
  list(bench, seconds, "list all, completed", {.status = completed}, first);
  list(bench, seconds, "list all, processing", {.status = processing}, first);
  list(bench, seconds, "list all, failed", {.status = failed}, first);
  list(bench, seconds, "list all, queued", {.status = queued}, first);
  list(bench, seconds, "list all, plugin", {.plugin_name = common}, first);
  list(bench, seconds, "list all, rare plugin", {.plugin_name = rare}, first);
  list(bench, seconds, "list all, plugin and status", {.status = failed, .plugin_name = common}, first);
  list(bench, seconds, "list all, skip 5000", {}, far);
  list(bench, seconds, "list all, completed, skip 5000", {.status = completed}, far);
  list(bench, seconds, "list all, skip a third", {}, middle);
  list(bench, seconds, "list all, completed, skip a third", {.status = completed}, middle);
}

namespace {

// Claims from a long queue, `count` at a time, by 16 workers at once.
void claim(Bench& bench, double seconds, int count) {
  Percentiles latency;
  double jobs = 0;
  const auto start = SteadyClock::now();
  bench.run(
      [&]() -> boost::asio::awaitable<void> {
        while (seconds_since(start) < seconds) {
          const auto before = SteadyClock::now();
          jobs += static_cast<double>(must(co_await bench.store->jobs().claim(bench.worker, count)).jobs.size());
          latency.ms.push_back(static_cast<float>(seconds_since(before) * 1000));
        }
      },
      16);
  print("claims of " + std::to_string(count), jobs / seconds_since(start), std::move(latency));
}

}  // namespace

void bench_queue(const Settings& settings) {
  for (const int keys : {1, 10'000}) {
    Bench bench(settings);
    int left = settings.jobs;
    bench.run([&]() -> boost::asio::awaitable<void> {
      while (left > 0) {
        std::vector<NewJob> some(1000, bench.job());
        for (NewJob& job : some) job.share_key = "key-" + std::to_string(left-- % keys);
        must(co_await bench.store->jobs().submit(std::move(some)));
      }
    });
    std::printf("%d jobs of %d share keys wait\n", settings.jobs, keys);
    claim(bench, settings.seconds, 1);
    claim(bench, settings.seconds, 100);
    bench.run([&]() -> boost::asio::awaitable<void> {
      const auto before = SteadyClock::now();
      must(co_await bench.store->job_reader().oldest_wait());
      std::printf("oldest wait %.1f ms\n", seconds_since(before) * 1000);
    });
  }
}

}  // namespace orc
