#include "adapters/metrics/metrics.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sstream>
#include <unistd.h>
#include <utility>

namespace orc {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries second_buckets = {0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05,
                                                    0.1,    0.25,   0.5,   1,     2.5,   5,    10,    60};
const Histogram::BucketBoundaries memory_buckets = {1e6, 4e6, 16e6, 64e6, 256e6, 1e9, 4e9, 16e9, 64e9};
const Histogram::BucketBoundaries batch_buckets = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

// What clients invent must not make a label each.
std::string_view method_label(std::string_view method) {
  constexpr std::array<std::string_view, 6> known = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};
  return std::ranges::find(known, method) != known.end() ? method : "other";
}

std::string_view route_label(std::string_view route) { return route.empty() ? "refused" : route; }

// What may be left out of a page, as the label of its counter.
constexpr const char* job_counts = "job_counts";
constexpr const char* oldest_wait = "oldest_wait";
constexpr const char* workers = "workers";
constexpr const char* callbacks_waiting = "callbacks_waiting";
constexpr const char* deliberation_counts = "deliberation_counts";
constexpr const char* events_waiting = "events_waiting";

// A gauge without a value is not on the page.
void show(Family<Gauge>& family, const prometheus::Labels& labels, std::optional<double> value) {
  Gauge& gauge = family.Add(labels);
  if (value) {
    gauge.Set(*value);
  } else {
    family.Remove(&gauge);
  }
}

void count_up_to(Counter& counter, std::int64_t total) { counter.Increment(static_cast<double>(total) - counter.Value()); }

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  file >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

// Members stand in the order in which text() tells them.
struct Metrics::Instruments {
  mutable prometheus::Registry registry;

  Family<Counter>& requests =
      prometheus::BuildCounter().Name("orc_http_requests_total").Help("Requests answered, by route, method and status.").Register(registry);
  Family<Histogram>& latency = prometheus::BuildHistogram()
                                   .Name("orc_http_request_seconds")
                                   .Help("From the complete header block to the answer.")
                                   .Register(registry);
  Family<Gauge>& connections =
      prometheus::BuildGauge().Name("orc_http_connections").Help("Connections open now, by listener.").Register(registry);
  Family<Counter>& cuts = prometheus::BuildCounter()
                              .Name("orc_http_connections_cut_total")
                              .Help("Connections that the server ended, by reason.")
                              .Register(registry);

  Gauge& held_bytes = prometheus::BuildGauge()
                          .Name("orc_http_held_bytes")
                          .Help("What request bodies and answers beyond each connection's allowance hold in memory now.")
                          .Register(registry)
                          .Add({});
  Gauge& held_bytes_max =
      prometheus::BuildGauge()
          .Name("orc_http_held_bytes_max")
          .Help("The most that they may hold; beyond it requests get 503 and their connection is cut as too_many_bytes.")
          .Register(registry)
          .Add({});

  Counter& submitted = prometheus::BuildCounter().Name("orc_jobs_submitted_total").Help("Jobs taken in.").Register(registry).Add({});
  Counter& claimed = prometheus::BuildCounter().Name("orc_jobs_claimed_total").Help("Jobs handed to a worker.").Register(registry).Add({});
  Family<Counter>& attempts =
      prometheus::BuildCounter().Name("orc_attempts_total").Help("Attempts that ended, by outcome.").Register(registry);
  Counter& attempt_cpu = prometheus::BuildCounter()
                             .Name("orc_attempts_cpu_seconds_total")
                             .Help("Processor time of attempts that ended, where it was measured.")
                             .Register(registry)
                             .Add({});
  Counter& attempt_wall = prometheus::BuildCounter()
                              .Name("orc_attempts_wall_seconds_total")
                              .Help("Time that attempts ran until they ended.")
                              .Register(registry)
                              .Add({});
  Histogram& attempt_memory = prometheus::BuildHistogram()
                                  .Name("orc_attempt_peak_bytes")
                                  .Help("The most memory that an attempt held, where it was measured.")
                                  .Register(registry)
                                  .Add({}, memory_buckets);
  Counter& attempt_bytes_in = prometheus::BuildCounter()
                                  .Name("orc_attempts_input_bytes_total")
                                  .Help("Inputs of attempts that ended, with their files.")
                                  .Register(registry)
                                  .Add({});
  Counter& attempt_bytes_out = prometheus::BuildCounter()
                                   .Name("orc_attempts_output_bytes_total")
                                   .Help("Standard output of attempts that ended, and the files that they left.")
                                   .Register(registry)
                                   .Add({});
  Counter& stale_ends = prometheus::BuildCounter()
                            .Name("orc_stale_attempt_ends_total")
                            .Help("Ends of attempts that came too late and were refused.")
                            .Register(registry)
                            .Add({});
  Family<Counter>& callbacks =
      prometheus::BuildCounter()
          .Name("orc_callback_tries_total")
          .Help("Tries of callbacks that ended, by what became of the delivery; waiting: there will be another try.")
          .Register(registry);
  Family<Gauge>& waiting_callbacks =
      prometheus::BuildGauge().Name("orc_callbacks_waiting").Help("Callbacks that wait for a try.").Register(registry);
  Family<Gauge>& waiting_events =
      prometheus::BuildGauge().Name("orc_events_waiting").Help("Events of deliberations that wait to be published.").Register(registry);
  Family<Gauge>& events_connected =
      prometheus::BuildGauge().Name("orc_events_connected").Help("1 while events can be published to NATS.").Register(registry);
  Family<Counter>& events = prometheus::BuildCounter()
                                .Name("orc_events_total")
                                .Help("Events that were published, or refused by NATS and passed over.")
                                .Register(registry);
  Family<Counter>& event_repeats = prometheus::BuildCounter()
                                       .Name("orc_events_repeats_total")
                                       .Help("Times that all events were published again, as NATS had lost them.")
                                       .Register(registry);
  Family<Gauge>& jobs = prometheus::BuildGauge().Name("orc_jobs").Help("Jobs in the store, by status.").Register(registry);
  Family<Gauge>& queue_depth =
      prometheus::BuildGauge().Name("orc_queue_depth").Help("Jobs that wait for a worker or for their time.").Register(registry);
  Family<Gauge>& queue_age = prometheus::BuildGauge()
                                 .Name("orc_queue_oldest_wait_seconds")
                                 .Help("How long the oldest due job has been waiting.")
                                 .Register(registry);
  Family<Gauge>& workers =
      prometheus::BuildGauge().Name("orc_workers").Help("Workers that are signed on, by whether they are given runs.").Register(registry);
  Family<Gauge>& worker_slots =
      prometheus::BuildGauge().Name("orc_worker_slots").Help("Plugin runs that active workers take at once.").Register(registry);
  Family<Gauge>& worker_runs = prometheus::BuildGauge()
                                   .Name("orc_worker_runs")
                                   .Help("Plugin runs that workers have now, by whether they are given more.")
                                   .Register(registry);
  Family<Counter>& unread = prometheus::BuildCounter()
                                .Name("orc_metrics_unread_total")
                                .Help("Figures that a scrape went without, as the store could not be read.")
                                .Register(registry);

  Histogram& commit_time = prometheus::BuildHistogram()
                               .Name("orc_commit_seconds")
                               .Help("From BEGIN until the disk has it.")
                               .Register(registry)
                               .Add({}, second_buckets);
  Histogram& commit_size = prometheus::BuildHistogram()
                               .Name("orc_commit_operations")
                               .Help("Operations in one commit.")
                               .Register(registry)
                               .Add({}, batch_buckets);
  Counter& failed_commits =
      prometheus::BuildCounter().Name("orc_commits_failed_total").Help("Commits that failed.").Register(registry).Add({});
  Gauge& commit_waiting = prometheus::BuildGauge()
                              .Name("orc_commit_waiting_operations")
                              .Help("Operations that came during the last commit.")
                              .Register(registry)
                              .Add({});

  Family<Gauge>& warm_processes =
      prometheus::BuildGauge().Name("orc_warm_processes").Help("Warm processes of this worker, by state.").Register(registry);
  Family<Gauge>& warm_requests = prometheus::BuildGauge()
                                     .Name("orc_warm_requests")
                                     .Help("Requests to warm processes of this worker: in_flight, or waiting for one.")
                                     .Register(registry);
  Family<Counter>& warm_starts =
      prometheus::BuildCounter().Name("orc_warm_processes_started_total").Help("Warm processes that were started.").Register(registry);
  Family<Counter>& warm_ends =
      prometheus::BuildCounter().Name("orc_warm_processes_ended_total").Help("Warm processes that ended, by reason.").Register(registry);

  Family<Counter>& grpc_calls =
      prometheus::BuildCounter().Name("orc_grpc_calls_total").Help("Calls of gRPC answered, by method and code.").Register(registry);
  Family<Histogram>& grpc_latency = prometheus::BuildHistogram()
                                        .Name("orc_grpc_call_seconds")
                                        .Help("From the header block of a call to its end, by method.")
                                        .Register(registry);
  Gauge& grpc_connections =
      prometheus::BuildGauge().Name("orc_grpc_connections").Help("Connections of gRPC clients open now.").Register(registry).Add({});
  Family<Counter>& grpc_cuts = prometheus::BuildCounter()
                                   .Name("orc_grpc_connections_cut_total")
                                   .Help("Connections of gRPC clients that the server ended, by reason.")
                                   .Register(registry);
  DeliberationMeters deliberations{registry};

  Gauge& memory = prometheus::BuildGauge().Name("process_resident_memory_bytes").Help("Resident memory.").Register(registry).Add({});

  // Looking a counter up by its labels builds a map each time; these are found by three small values.
  struct RequestMeters {
    Counter* requests;
    Histogram* latency;
  };
  using RequestKey = std::tuple<std::string, std::string, int>;
  struct KeyLess {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const {
      return std::tuple<std::string_view, std::string_view, int>(a) < std::tuple<std::string_view, std::string_view, int>(b);
    }
  };
  std::mutex mutex;
  std::map<RequestKey, RequestMeters, KeyLess> request_meters;  // guarded by mutex

  const RequestMeters& meters_of(std::string_view method, std::string_view route, int status) {
    const std::lock_guard lock(mutex);
    const std::tuple<std::string_view, std::string_view, int> key(method, route, status);
    if (const auto known = request_meters.find(key); known != request_meters.end()) return known->second;
    const std::string method_text(method);
    const std::string route_text(route);
    const RequestMeters made{
        .requests = &requests.Add({{"method", method_text}, {"route", route_text}, {"status", std::to_string(status)}}),
        .latency = &latency.Add({{"method", method_text}, {"route", route_text}}, second_buckets)};
    return request_meters.emplace(RequestKey(method_text, route_text, status), made).first->second;
  }
};

Metrics::Metrics() : instruments_(std::make_unique<Instruments>()) {
  // So that every outcome and status is told from the start, as zero.
  for (int outcome = 0; outcome <= std::to_underlying(AttemptOutcome::not_started); ++outcome)
    instruments_->attempts.Add({{"outcome", std::string(to_word(static_cast<AttemptOutcome>(outcome)))}});
  for (const char* figure : {job_counts, oldest_wait, workers, callbacks_waiting, deliberation_counts, events_waiting})
    instruments_->unread.Add({{"figure", figure}});
  instruments_->cuts.Add({{"reason", "too_many_bytes"}});
  for (const CallbackState state : {CallbackState::waiting, CallbackState::delivered, CallbackState::given_up})
    instruments_->callbacks.Add({{"state", std::string(to_word(state))}});
}

Metrics::~Metrics() = default;

void Metrics::request_answered(std::string_view method, std::string_view route, int status, std::chrono::nanoseconds duration) {
  const auto& meters = instruments_->meters_of(method_label(method), route_label(route), status);
  meters.requests->Increment();
  meters.latency->Observe(seconds(duration));
}

void Metrics::connections_open(const std::string& listener, std::size_t count) {
  instruments_->connections.Add({{"listener", listener}}).Set(static_cast<double>(count));
}

void Metrics::connection_cut(std::string_view reason) { instruments_->cuts.Add({{"reason", std::string(reason)}}).Increment(); }

void Metrics::http_bytes_are(std::uint64_t held, std::uint64_t held_max) {
  instruments_->held_bytes.Set(static_cast<double>(held));
  instruments_->held_bytes_max.Set(static_cast<double>(held_max));
}

void Metrics::jobs_submitted(std::size_t count) { instruments_->submitted.Increment(static_cast<double>(count)); }

void Metrics::jobs_claimed(std::size_t count) { instruments_->claimed.Increment(static_cast<double>(count)); }

void Metrics::attempt_ended(AttemptOutcome outcome) {
  instruments_->attempts.Add({{"outcome", std::string(to_word(outcome))}}).Increment();
}

void Metrics::events_waiting_are(std::optional<std::int64_t> count) {
  show(instruments_->waiting_events, {}, count.transform([](std::int64_t value) { return static_cast<double>(value); }));
  if (!count) instruments_->unread.Add({{"figure", events_waiting}}).Increment();
}

void Metrics::events_are(const EventReading& reading) {
  instruments_->events_connected.Add({}).Set(reading.is_connected ? 1 : 0);
  count_up_to(instruments_->events.Add({{"outcome", "published"}}), reading.published);
  count_up_to(instruments_->events.Add({{"outcome", "refused"}}), reading.refused);
  count_up_to(instruments_->event_repeats.Add({}), reading.repeats);
}

void Metrics::warm_processes_are(const WarmReading& reading) {
  for (const auto& [state, count] : reading.processes)
    instruments_->warm_processes.Add({{"state", std::string(state)}}).Set(static_cast<double>(count));
  instruments_->warm_requests.Add({{"state", "in_flight"}}).Set(static_cast<double>(reading.in_flight));
  instruments_->warm_requests.Add({{"state", "waiting"}}).Set(static_cast<double>(reading.waiting));
  count_up_to(instruments_->warm_starts.Add({}), reading.starts);
  for (const auto& [reason, count] : reading.ends) count_up_to(instruments_->warm_ends.Add({{"reason", std::string(reason)}}), count);
}

void Metrics::attempt_took(const Usage& usage) {
  if (usage.cpu) instruments_->attempt_cpu.Increment(std::chrono::duration<double>(*usage.cpu).count());
  instruments_->attempt_wall.Increment(std::chrono::duration<double>(usage.wall).count());
  if (usage.peak_bytes) instruments_->attempt_memory.Observe(static_cast<double>(*usage.peak_bytes));
  instruments_->attempt_bytes_in.Increment(static_cast<double>(usage.bytes_in));
  instruments_->attempt_bytes_out.Increment(static_cast<double>(usage.bytes_out));
}

void Metrics::stale_end_refused() { instruments_->stale_ends.Increment(); }

void Metrics::callback_tried(CallbackState state) { instruments_->callbacks.Add({{"state", std::string(to_word(state))}}).Increment(); }

void Metrics::commit_done(std::chrono::nanoseconds duration, std::size_t operations, std::size_t waiting) {
  instruments_->commit_time.Observe(seconds(duration));
  instruments_->commit_size.Observe(static_cast<double>(operations));
  instruments_->commit_waiting.Set(static_cast<double>(waiting));
}

void Metrics::commit_failed() { instruments_->failed_commits.Increment(); }

void Metrics::job_counts_are(const std::optional<JobCounts>& counts) {
  for (const JobStatus status : job_statuses) {
    const auto count = counts ? std::optional(static_cast<double>(counts->at(std::to_underlying(status)))) : std::nullopt;
    show(instruments_->jobs, {{"status", std::string(to_word(status))}}, count);
    if (status == JobStatus::queued) show(instruments_->queue_depth, {}, count);
  }
  if (!counts) instruments_->unread.Add({{"figure", job_counts}}).Increment();
}

void Metrics::oldest_wait_is(std::optional<std::chrono::milliseconds> wait) {
  show(instruments_->queue_age, {}, wait ? std::optional(seconds(*wait)) : std::nullopt);
  if (!wait) instruments_->unread.Add({{"figure", oldest_wait}}).Increment();
}

void Metrics::workers_are(const std::optional<WorkersReading>& reading) {
  const auto figure = [&](auto read) { return reading ? std::optional(static_cast<double>(read(*reading))) : std::nullopt; };
  for (const auto& [state, of_state] : {std::pair("active", &WorkersReading::active), std::pair("draining", &WorkersReading::draining)}) {
    show(instruments_->workers, {{"state", state}}, figure([&](const WorkersReading& all) { return (all.*of_state).workers; }));
    show(instruments_->worker_runs, {{"state", state}}, figure([&](const WorkersReading& all) { return (all.*of_state).runs; }));
  }
  show(instruments_->worker_slots, {}, figure([](const WorkersReading& all) { return all.slots; }));
  if (!reading) instruments_->unread.Add({{"figure", workers}}).Increment();
}

void Metrics::callbacks_waiting_are(std::optional<std::int64_t> count) {
  show(instruments_->waiting_callbacks, {}, count ? std::optional(static_cast<double>(*count)) : std::nullopt);
  if (!count) instruments_->unread.Add({{"figure", callbacks_waiting}}).Increment();
}

void Metrics::grpc_call_answered(std::string_view method, std::string_view code, std::chrono::nanoseconds duration) {
  const std::string label(method.empty() ? "unknown" : method);
  instruments_->grpc_calls.Add({{"method", label}, {"code", std::string(code)}}).Increment();
  instruments_->grpc_latency.Add({{"method", label}}, second_buckets).Observe(seconds(duration));
}

void Metrics::grpc_connections_open(std::size_t count) { instruments_->grpc_connections.Set(static_cast<double>(count)); }

void Metrics::grpc_connection_cut(std::string_view reason) { instruments_->grpc_cuts.Add({{"reason", std::string(reason)}}).Increment(); }

DeliberationMeters& Metrics::deliberations() { return instruments_->deliberations; }

void Metrics::deliberation_counts_are(const std::optional<DeliberationCounts>& counts) {
  instruments_->deliberations.counts_are(counts);
  if (!counts) instruments_->unread.Add({{"figure", deliberation_counts}}).Increment();
}

std::string Metrics::text() const {
  instruments_->memory.Set(resident_bytes());
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, instruments_->registry.Collect());
  return std::move(out).str();
}

}  // namespace orc
