#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include "application/deliberation/cancel_deliberation.h"
#include "application/deliberation/deliberation_runner.h"
#include "domain/deliberation/deliberation_script.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_deliberation_parts.h"
#include "tests/fakes/fake_wake_ups.h"
#include "tests/fakes/memory_deliberation_store.h"
#include "tests/fakes/recording_audit_log.h"
#include "tests/fakes/recording_event_log.h"
#include "tests/fakes/scripted_model.h"

namespace orc {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// For tests: the whole answer, wherever one is asked for.
class WholeText final : public AnswerExtractor {
 public:
  boost::asio::awaitable<std::optional<std::string>> extract(const Extraction& extraction, std::string_view text) override {
    co_return extraction.kind == Extraction::Kind::none ? std::nullopt : std::optional(std::string(text));
  }
};

// For tests: a runner with a scripted model, on a clock that the tests move. One thread.
class deliberation_runner : public testing::Test {
 protected:
  std::string add(DeliberationPlan plan = preset_plan("independent", {}).value(), std::size_t agents = 3) {
    const std::string id = "d-" + std::to_string(++added_);
    ok(store.add({.id = id, .request = DeliberationScript::request_for(agents), .plan = std::move(plan)}));
    return id;
  }

  // Runs what is to run until `done`, or for ten minutes of the fake clock, as one process.
  void work(std::function<bool()> done, DeliberationRunner::Limits limits = {}) {
    const auto session = [&](auto&&) -> Async<void> {
      executor = co_await boost::asio::this_coro::executor;
      DeliberationRunner process(
          *executor,
          {.store = store, .model = model, .verifier = verifier, .extractor = extractor, .wake_ups = wake_ups, .clock = clock, .log = log},
          limits);
      const SteadyTime deadline = clock.steady_now() + 600s;
      const auto pause = wake_ups.make();
      runner = &process;
      process.start();
      while (!done() && clock.steady_now() < deadline) co_await pause->wait(clock.steady_now() + 1ms);
      co_await process.wait(clock.steady_now() + grace);
      runner = nullptr;
      co_return Result<void>{};
    };
    ok(session(0));
  }
  void work_to_the_end() {
    work([&] { return store.running_now() == 0; });
  }

  Deliberation get(const std::string& id) { return ok(store.get(id)); }

  RecordedDeliberation recorded(const std::string& id) { return {.deliberation = get(id), .calls = ok(store.calls(id))}; }

  // How each call ended, in the order of the record.
  std::string outcomes(const std::string& id) {
    std::string all;
    for (const FinishedCall& call : ok(store.calls(id))) all += std::string(to_word(call.outcome)) + " ";
    return all;
  }

  // Cancels it once `when` holds, as somebody does over REST, and works until that is done.
  void cancel_when(const std::string& id, std::function<bool()> when, DeliberationRunner::Limits limits = {}) {
    DeliberationAccess access(store);
    RecordingAuditLog audit(state);
    bool is_asked = false;
    bool is_done = false;
    work(
        [&] {
          if (!is_asked && when()) {
            is_asked = true;
            canceller.emplace(store, access, *runner, audit);
            boost::asio::co_spawn(*executor, cancel(id, is_done), boost::asio::detached);
          }
          return is_done;
        },
        limits);
  }
  boost::asio::awaitable<void> cancel(std::string id, bool& is_done) {
    const Actor actor{.kind = Actor::Kind::account, .principal = {.user = UserId{1}, .role = Role::admin}, .from = {}};
    cancelled.emplace(co_await canceller->run(actor, std::move(id)));
    is_done = true;
  }

  // The events of one, those of a stage with its number.
  std::string told(const std::string& id) const {
    static constexpr const char* words[] = {"begun", "phase", "delta", "answer", "scores", "ended"};
    std::string all;
    for (const MemoryEvent& one : state.events) {
      const EventKind kind = one.stored.event.kind;
      const bool has_stage = kind == EventKind::phase || kind == EventKind::delta || kind == EventKind::answer;
      if (one.stored.deliberation != id) continue;
      all += words[std::to_underlying(kind)] + (has_stage ? std::to_string(one.stored.event.call.stage) : std::string()) + " ";
    }
    return all;
  }

  FakeClock clock;
  FakeSignals signals{clock};
  FakeWakeUps wake_ups{signals};
  MemoryState state{clock};
  MemoryDeliberationStore store{state};
  ScriptedModel model{wake_ups, clock};
  ScriptedVerifier verifier;
  WholeText extractor;
  RecordingEventLog log;
  std::chrono::seconds grace{0};  // for calls that are under way when the process stops
  DeliberationRunner* runner = nullptr;
  std::optional<boost::asio::any_io_executor> executor;  // while one works
  std::optional<CancelDeliberation> canceller;
  std::optional<Result<Deliberation>> cancelled;

 private:
  int added_ = 0;
};

}  // namespace orc
