// What the worker protocol costs: one worker, whose jobs end at once, against a server of `orc serve --roles api,registry`.
//   worker_bench URL WORKER_KEY USER_TOKEN PLUGIN JOBS SLOTS [one-by-one]
// Submits JOBS jobs, then runs them; prints how many ended in a second. one-by-one: submits each when the one before has ended, and prints
// how long each waited, from before its request was sent until its worker began to run it.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/remote_cluster/http_work_source.h"
#include "adapters/system/asio_wake_ups.h"
#include "adapters/system/json_event_log.h"
#include "adapters/system/system_clock.h"
#include "application/job/run_job.h"
#include "application/job/work_loop.h"
#include "application/job/worker_registration.h"

namespace orc {
namespace {

constexpr int batch = 1000;

[[noreturn]] void stop_with(const std::string& words) {
  std::fprintf(stderr, "worker_bench: %s\n", words.c_str());
  std::exit(1);
}

// Every run ends at once with its input as its output.
class InstantCluster final : public Cluster {
 public:
  boost::asio::awaitable<PluginOutcome> run(PluginRun run) override {
    {
      const std::lock_guard lock(mutex_);
      ++runs;
      begun_at_ = std::chrono::steady_clock::now();
    }
    changed_.notify_one();
    co_return PluginOutcome{.how = AttemptOutcome::succeeded, .output = std::move(run.input), .exit_code = 0};
  }
  void cancel(JobId, Fence) override {}

  // From another thread: when the run of this number began. Waits for it.
  std::chrono::steady_clock::time_point begin_of(int number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return runs >= number; });
    return begun_at_;
  }

  int runs = 0;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::chrono::steady_clock::time_point begun_at_;
};

void submit(HttpClient& client, const std::string& token, const std::string& plugin, int jobs) {
  const std::vector<HttpField> headers = {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}};
  for (int done = 0; done < jobs; done += batch) {
    std::string body = "{\"jobs\":[";
    for (int i = 0; i < std::min(batch, jobs - done); ++i) {
      if (i > 0) body += ',';
      body += R"({"plugin_name":")" + plugin + R"(","input_data":{"n":)" + std::to_string(done + i) +
              R"(,"text":"a hundred bytes or so of input, as is usual"}})";
    }
    const auto reply = client.request("POST", "/api/v1/jobs:batch", headers, body + "]}", std::chrono::seconds{30});
    if (!reply) stop_with(reply.error().message);
    if (reply->status != 202) stop_with(reply->body);
  }
}

// On a thread of its own: one job at a time.
void submit_one_by_one(HttpClient& client, const std::string& token, const std::string& plugin, int jobs, InstantCluster& cluster) {
  for (int number = 1; number <= jobs; ++number) {
    const auto sent_at = std::chrono::steady_clock::now();
    submit(client, token, plugin, 1);
    const std::chrono::duration<double, std::milli> waited = cluster.begin_of(number) - sent_at;
    std::printf("%.3f\n", waited.count());
  }
}

boost::asio::awaitable<void> measure(HttpWorkSource& source, WorkLoop& loop, InstantCluster& cluster, int jobs, int slots) {
  WorkerRegistration registration(source);
  const auto signed_on = co_await registration.sign_on({.name = "bench", .slots = slots});
  if (!signed_on) stop_with(signed_on.error().message);
  const auto start = std::chrono::steady_clock::now();
  loop.start(registration);
  AsioWakeUps wake_ups(co_await boost::asio::this_coro::executor);
  const auto pause = wake_ups.make();
  while (cluster.runs < jobs || !loop.held().empty()) co_await pause->wait(std::chrono::steady_clock::now() + std::chrono::milliseconds{1});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%d jobs, %d slots: %.2f s, %.0f jobs/s\n", jobs, slots, took.count(), jobs / took.count());
  loop.request_stop();
  co_await loop.wait(std::chrono::steady_clock::now());
  if (const auto gone = co_await registration.sign_off(); !gone) stop_with(gone.error().message);
}

int run(const std::string& url, const std::string& key, const std::string& token, const std::string& plugin, int jobs, int slots,
        bool is_one_by_one) {
  auto submitter = HttpClient::create(url);
  if (!submitter) stop_with(submitter.error().message);
  if (!is_one_by_one) submit(*submitter, token, plugin, jobs);
  SystemClock clock;
  Sha256Digest digest;
  JsonEventLog log(2, LogLevel::warning, clock);
  boost::asio::io_context io{1};
  AsioWakeUps wake_ups(io.get_executor());
  const RemoteServer server{.url = url, .token = key};
  auto fetches = RemoteClient::create(server);
  auto uploads = RemoteClient::create(server);
  if (!fetches || !uploads) stop_with((!fetches ? fetches : uploads).error().message);
  HttpBlobs blobs(std::move(*fetches), std::move(*uploads), digest);
  auto source = HttpWorkSource::create(io.get_executor(), server, {.blobs = blobs, .wake_ups = wake_ups, .clock = clock});
  if (!source) stop_with(source.error().message);
  InstantCluster cluster;
  RunJob run_job({.source = **source, .blobs = blobs, .cluster = cluster, .wake_ups = wake_ups, .clock = clock});
  WorkLoop loop(io.get_executor(), {.source = **source, .cluster = cluster, .wake_ups = wake_ups, .clock = clock, .log = log}, run_job,
                slots + static_cast<int>(worker_warm_requests));
  boost::asio::co_spawn(io, measure(**source, loop, cluster, jobs, slots), boost::asio::detached);
  std::jthread one_by_one;
  if (is_one_by_one) one_by_one = std::jthread([&] { submit_one_by_one(*submitter, token, plugin, jobs, cluster); });
  io.run();
  return 0;
}

}  // namespace
}  // namespace orc

int main(int count, char** arguments) {
  const bool is_one_by_one = count == 8 && arguments[7] == std::string_view("one-by-one");
  if (count != 7 && !is_one_by_one) orc::stop_with("worker_bench URL WORKER_KEY USER_TOKEN PLUGIN JOBS SLOTS [one-by-one]");
  return orc::run(arguments[1], arguments[2], arguments[3], arguments[4], std::atoi(arguments[5]), std::atoi(arguments[6]), is_one_by_one);
}
