#include "adapters/metrics/deliberation_meters.h"

#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <set>
#include <string>

namespace orc {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries call_buckets = {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300};
constexpr double million = 1e6;

double in_seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

constexpr std::string_view statuses[] = {"running", "completed", "failed", "cancelled"};

constexpr CallOutcome call_outcomes[] = {CallOutcome::succeeded, CallOutcome::failed, CallOutcome::stopped, CallOutcome::timed_out,
                                         CallOutcome::cancelled};

}  // namespace

// Members stand in the order in which the page tells them.
struct DeliberationMeters::Instruments {
  explicit Instruments(prometheus::Registry& registry)
      : deliberations(prometheus::BuildGauge()
                          .Name("orc_deliberations")
                          .Help("Deliberations of the database by status, since it was made.")
                          .Register(registry)),
        completed_time(prometheus::BuildGauge()
                           .Name("orc_deliberations_completed_seconds")
                           .Help("How long the completed ones took together.")
                           .Register(registry)),
        submitted(prometheus::BuildCounter()
                      .Name("orc_deliberations_submitted_total")
                      .Help("Deliberations taken in by this process.")
                      .Register(registry)
                      .Add({})),
        ended(prometheus::BuildCounter()
                  .Name("orc_deliberations_ended_total")
                  .Help("Deliberations that ended in this process, by status.")
                  .Register(registry)),
        calls(prometheus::BuildCounter()
                  .Name("orc_deliberation_calls_total")
                  .Help("Calls of deliberations that were recorded, by outcome.")
                  .Register(registry)),
        tokens(prometheus::BuildCounter()
                   .Name("orc_deliberation_tokens_total")
                   .Help("Tokens of recorded calls: in, out, and of those in the ones that the server had already.")
                   .Register(registry)),
        money(prometheus::BuildCounter()
                  .Name("orc_deliberation_money_total")
                  .Help("What recorded calls cost by the prices of their requests.")
                  .Register(registry)
                  .Add({})),
        call_time(prometheus::BuildCounter()
                      .Name("orc_deliberation_call_seconds_total")
                      .Help("Time that recorded calls took, one after another.")
                      .Register(registry)
                      .Add({})),
        answer_bytes(prometheus::BuildGauge()
                         .Name("orc_deliberation_answer_bytes")
                         .Help("What the answers of deliberations that run in this process hold now.")
                         .Register(registry)
                         .Add({})),
        answers_refused(prometheus::BuildCounter()
                            .Name("orc_deliberation_answers_refused_total")
                            .Help("Answers that were given up, as those of their deliberation or of all of them held too much.")
                            .Register(registry)
                            .Add({})),
        model_open(
            prometheus::BuildGauge().Name("orc_model_calls_open").Help("Calls to models that are under way.").Register(registry).Add({})),
        model_calls(prometheus::BuildCounter()
                        .Name("orc_model_calls_total")
                        .Help("Calls to models that ended, with all their attempts, by model and outcome.")
                        .Register(registry)),
        model_tokens(prometheus::BuildCounter()
                         .Name("orc_model_tokens_total")
                         .Help("Tokens of answered calls, by model and kind.")
                         .Register(registry)),
        model_time(
            prometheus::BuildHistogram().Name("orc_model_seconds").Help("How long answered calls took, by model.").Register(registry)),
        first_token_time(prometheus::BuildHistogram()
                             .Name("orc_model_first_token_seconds")
                             .Help("How long the first token of answered calls took, by model.")
                             .Register(registry)) {
    // So that each is told from the start, as zero.
    for (const std::string_view status : statuses)
      if (status != "running") ended.Add({{"status", std::string(status)}});
    for (const CallOutcome outcome : call_outcomes) calls.Add({{"outcome", std::string(to_word(outcome))}});
    for (const char* kind : {"in", "out", "cached"}) tokens.Add({{"kind", kind}});
  }

  std::string label_of(std::string_view model) {
    const std::lock_guard lock(mutex);
    if (const auto known = models.find(model); known != models.end()) return *known;
    if (models.size() >= models_max) return "other";
    return *models.emplace(model).first;
  }

  Family<Gauge>& deliberations;
  Family<Gauge>& completed_time;
  Counter& submitted;
  Family<Counter>& ended;
  Family<Counter>& calls;
  Family<Counter>& tokens;
  Counter& money;
  Counter& call_time;
  Gauge& answer_bytes;
  Counter& answers_refused;
  Gauge& model_open;
  Family<Counter>& model_calls;
  Family<Counter>& model_tokens;
  Family<Histogram>& model_time;
  Family<Histogram>& first_token_time;

  std::mutex mutex;
  std::set<std::string, std::less<>> models;  // guarded by mutex; that have a label
};

DeliberationMeters::DeliberationMeters(prometheus::Registry& registry) : instruments_(std::make_unique<Instruments>(registry)) {}
DeliberationMeters::~DeliberationMeters() = default;

void DeliberationMeters::submitted() { instruments_->submitted.Increment(); }

void DeliberationMeters::ended(DeliberationStatus status) {
  instruments_->ended.Add({{"status", std::string(to_word(status))}}).Increment();
}

void DeliberationMeters::call_recorded(const FinishedCall& call) {
  instruments_->calls.Add({{"outcome", std::string(to_word(call.outcome))}}).Increment();
  instruments_->tokens.Add({{"kind", "in"}}).Increment(static_cast<double>(call.usage.in));
  instruments_->tokens.Add({{"kind", "out"}}).Increment(static_cast<double>(call.usage.out));
  instruments_->tokens.Add({{"kind", "cached"}}).Increment(static_cast<double>(call.usage.cached));
  instruments_->money.Increment(static_cast<double>(call.cost_micros) / million);
  instruments_->call_time.Increment(in_seconds(call.duration));
}

void DeliberationMeters::model_call_begun() { instruments_->model_open.Increment(); }

void DeliberationMeters::model_call_ended(std::string_view model, std::string_view outcome, const TokenUsage& usage,
                                          std::chrono::nanoseconds duration, std::optional<std::chrono::nanoseconds> to_first_token) {
  const std::string label = instruments_->label_of(model);
  instruments_->model_open.Decrement();
  instruments_->model_calls.Add({{"model", label}, {"outcome", std::string(outcome)}}).Increment();
  if (!to_first_token) return;
  instruments_->model_tokens.Add({{"model", label}, {"kind", "in"}}).Increment(static_cast<double>(usage.in));
  instruments_->model_tokens.Add({{"model", label}, {"kind", "out"}}).Increment(static_cast<double>(usage.out));
  instruments_->model_tokens.Add({{"model", label}, {"kind", "cached"}}).Increment(static_cast<double>(usage.cached));
  instruments_->model_time.Add({{"model", label}}, call_buckets).Observe(in_seconds(duration));
  instruments_->first_token_time.Add({{"model", label}}, call_buckets).Observe(in_seconds(*to_first_token));
}

void DeliberationMeters::answers_are(std::size_t bytes, std::uint64_t refused) {
  instruments_->answer_bytes.Set(static_cast<double>(bytes));
  instruments_->answers_refused.Increment(static_cast<double>(refused) - instruments_->answers_refused.Value());
}

void DeliberationMeters::counts_are(const std::optional<DeliberationCounts>& counts) {
  const auto show = [](Family<Gauge>& family, const prometheus::Labels& labels, std::optional<double> value) {
    Gauge& gauge = family.Add(labels);
    if (value)
      gauge.Set(*value);
    else
      family.Remove(&gauge);  // a gauge without a value is not on the page
  };
  const std::int64_t DeliberationCounts::* const members[] = {&DeliberationCounts::running, &DeliberationCounts::completed,
                                                              &DeliberationCounts::failed, &DeliberationCounts::cancelled};
  for (std::size_t i = 0; i < std::size(statuses); ++i) {
    const auto count = counts.transform([&](const DeliberationCounts& all) { return static_cast<double>(all.*members[i]); });
    show(instruments_->deliberations, {{"status", std::string(statuses[i])}}, count);
  }
  show(instruments_->completed_time, {},
       counts.transform([](const DeliberationCounts& all) { return static_cast<double>(all.completed_ms) / 1000; }));
}

}  // namespace orc
