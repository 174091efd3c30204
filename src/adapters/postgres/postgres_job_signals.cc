#include "adapters/postgres/postgres_job_signals.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/embedded_sql.h"
#include "adapters/postgres/store_options.h"

namespace orc {

using namespace postgres;

namespace {

constexpr std::size_t payload_bytes_max = 7'900;  // NOTIFY takes less than 8000
constexpr std::chrono::milliseconds answer_max{1500};
// A lone hint goes at once; in a stream of them, those of so long go together.
constexpr std::chrono::milliseconds gathered{3};
// Nothing was heard for so long: ask whether the server is there. Caches rely on it (decorators/cache_trust.h).
constexpr std::chrono::seconds silence_max{1};

SteadyTime in(std::chrono::milliseconds wait) { return std::chrono::steady_clock::now() + wait; }

std::vector<std::string> payloads_of(const std::vector<JobId>& ended) {
  std::vector<std::string> payloads;
  for (const JobId id : ended) {
    if (payloads.empty() || payloads.back().size() + 24 > payload_bytes_max) payloads.emplace_back("e");
    payloads.back() += ' ' + std::to_string(std::to_underlying(id));
  }
  return payloads;
}

}  // namespace

PostgresJobSignals::PostgresJobSignals(std::string url, JobSignals& local, boost::asio::any_io_executor executor,
                                       SharedStoreObserver observer)
    : url_(std::move(url)),
      local_(local),
      executor_(std::move(executor)),
      observer_(std::move(observer)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { work(); }) {}

PostgresJobSignals::~PostgresJobSignals() { stop(); }

void PostgresJobSignals::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  ::eventfd_write(wake_.get(), 1);
  if (thread_.joinable()) thread_.join();
}

void PostgresJobSignals::work_arrived() {
  local_.work_arrived();
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(told_.work, true)) return;
  }
  ::eventfd_write(wake_.get(), 1);
}

void PostgresJobSignals::job_ended(JobId id) {
  local_.job_ended(id);
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = told_.ended.empty();
    if (told_.ended.size() >= ended_max) told_.ended.erase(told_.ended.begin(), told_.ended.begin() + ended_max / 2);
    told_.ended.push_back(id);
  }
  if (was_empty) ::eventfd_write(wake_.get(), 1);
}

bool PostgresJobSignals::is_connected() const {
  const std::lock_guard lock(mutex_);
  return is_connected_;
}

void PostgresJobSignals::set_connected(bool connected) {
  const std::lock_guard lock(mutex_);
  is_connected_ = connected;
}

bool PostgresJobSignals::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

// What was told while we were not there is not told again, so everybody looks for himself once we are back.
void PostgresJobSignals::work() {
  const NamedSql catalog(embedded_statements());
  std::size_t next_host = 0;
  while (!is_stopping()) {
    try {
      const std::size_t host = next_host++;
      Connection connection({.url = url_}, catalog, in(connect_max), host);
      next_host = host;  // only who is silent is passed over
      connection.run_script(std::string(catalog.find("begin_signals").sql), in(answer_max));
      begin(connection);
      serve(connection);
      tell(connection, take_told());
    } catch (const StorageFault&) {
      // The stores say what is wrong to those who need the database; hints are no promise.
    }
    set_connected(false);
    observer_.lost();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, reconnect_pause, [this] { return stopping_; });
  }
}

void PostgresJobSignals::begin(Connection& connection) {
  observer_.users_changed();
  observer_.plugins_changed();
  listen(connection);
  boost::asio::post(executor_, [local = &local_] { local->work_arrived(); });
  set_connected(true);
}

void PostgresJobSignals::serve(Connection& connection) {
  while (!is_stopping()) {
    wait_for_something(connection.socket());
    listen(connection);
    pollfd quiet{.fd = connection.socket(), .events = POLLIN, .revents = 0};
    ::poll(&quiet, 1, static_cast<int>(gathered.count()));
  }
}

// A session is told what was committed before it gets the answer to a question that it asked later, so afterwards we know all of it. Once
// before, because somebody may wait for it.
void PostgresJobSignals::listen(Connection& connection) {
  const auto take = [&] { connection.take_notifications([this](const std::string& payload) { hear(payload); }); };
  take();
  const SteadyTime asked_at = std::chrono::steady_clock::now();
  tell(connection, take_told());
  take();
  observer_.heard_until(asked_at);
}

void PostgresJobSignals::wait_for_something(int socket) {
  pollfd watched[] = {{.fd = socket, .events = POLLIN, .revents = 0}, {.fd = wake_.get(), .events = POLLIN, .revents = 0}};
  ::poll(watched, 2, static_cast<int>(std::chrono::milliseconds{silence_max}.count()));
  eventfd_t count = 0;
  ::eventfd_read(wake_.get(), &count);
}

PostgresJobSignals::Told PostgresJobSignals::take_told() {
  const std::lock_guard lock(mutex_);
  return std::exchange(told_, {});
}

// With nothing to tell it asks whether the server is still there.
void PostgresJobSignals::tell(Connection& connection, const Told& told) {
  if (told.work) connection.send("signal", Parameters(std::string_view("w")));
  for (const std::string& payload : payloads_of(told.ended)) connection.send("signal", Parameters(payload));
  if (!told.work && told.ended.empty()) connection.send("server_encoding", Parameters());
  connection.exchange(in(answer_max));
}

// Other payloads are of a later release.
void PostgresJobSignals::hear(const std::string& payload) {
  if (payload == "w") return boost::asio::post(executor_, [local = &local_] { local->work_arrived(); });
  if (payload == "u") return observer_.users_changed();
  if (payload == "p") return observer_.plugins_changed();
  if (payload.starts_with("e ")) hear_ends(std::string_view(payload).substr(1));
}

// `ids` has a blank before each.
void PostgresJobSignals::hear_ends(std::string_view ids) {
  std::vector<JobId> ended;
  const char* at = ids.data();
  const char* const end = at + ids.size();
  while (at < end) {
    std::int64_t id = 0;
    const auto [next, error] = std::from_chars(at + 1, end, id);
    if (error != std::errc{}) break;
    ended.push_back(JobId{id});
    at = next;
  }
  boost::asio::post(executor_, [local = &local_, jobs = std::move(ended)] {
    for (const JobId job : jobs) local->job_ended(job);
  });
}

}  // namespace orc
