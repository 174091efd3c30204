#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <stop_token>
#include <vector>

#include "application/deliberation/call_slots.h"
#include "application/deliberation/gathered_deltas.h"
#include "domain/deliberation/deliberation_progress.h"
#include "ports/answer_extractor.h"
#include "ports/clock.h"
#include "ports/deliberation_store.h"
#include "ports/event_log.h"
#include "ports/language_model.h"
#include "ports/verifier.h"
#include "ports/wake_up.h"

namespace orc {

// What a deliberation needs of the world while it runs.
struct DeliberationPorts {
  DeliberationStore& store;
  LanguageModel& model;
  Verifier& verifier;
  const AnswerExtractor& extractor;
  WakeUps& wake_ups;
  Clock& clock;
  EventLog& log;
};

// DeliberationRun takes one deliberation from its record to its end: it begins the calls that the engine wants, stores each one that has
// finished before it counts, ends those that are of no use any more, and tells what happens meanwhile. All methods on the thread of
// `executor`.
class DeliberationRun {
 public:
  // `record`: its calls so far. The ports and slots must outlive it.
  DeliberationRun(boost::asio::any_io_executor executor, const DeliberationPorts& ports, CallSlots& slots, Deliberation deliberation,
                  std::vector<FinishedCall> record);
  ~DeliberationRun();
  DeliberationRun(const DeliberationRun&) = delete;
  DeliberationRun& operator=(const DeliberationRun&) = delete;

  // Resumes when it has ended, or was left as it is, and no call is under way any more. Once.
  boost::asio::awaitable<void> run();

  // Begins no further call, and leaves it when the calls to models that are under way have ended; a plugin that verifies goes on without
  // us.
  void drain();

  // Ends its calls and leaves it: the store has all that finished, so that it goes on from there later.
  void leave();

 private:
  enum class Stored : std::uint8_t { yes, gone };

  bool goes_on() const;
  void begin_calls();
  void end_useless_calls();
  void end_all_calls();
  boost::asio::awaitable<void> make_call(CallName name, std::stop_token stop);
  boost::asio::awaitable<FinishedCall> ask(CallName name, std::stop_token stop);
  boost::asio::awaitable<FinishedCall> verify(CallName name, std::stop_token stop);
  ModelQuestion question_for(CallName name) const;
  std::chrono::milliseconds time_left() const;
  // Of the phase that has begun, and of what models write, what is due.
  boost::asio::awaitable<Stored> tell();
  boost::asio::awaitable<Stored> store_finished();
  // Tries again while the store is away. Gone, if the deliberation is somebody else's now, or it is left.
  boost::asio::awaitable<Stored> store(std::function<Async<void>()> change);

  // Constant after construction.
  const boost::asio::any_io_executor executor_;
  const DeliberationPorts& ports_;
  CallSlots& slots_;
  const Deliberation deliberation_;
  const SteadyTime deadline_;

  DeliberationProgress progress_;
  std::map<CallName, std::stop_source> calls_;  // under way
  std::vector<FinishedCall> finished_;          // not stored yet
  const std::unique_ptr<WakeUp> changed_;
  GatheredDeltas deltas_;
  std::optional<std::uint32_t> told_stage_;  // by this run
  bool draining_ = false;
  bool leaving_ = false;
};

}  // namespace orc
