#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <stop_token>
#include <vector>

#include "application/deliberation/answer_room.h"
#include "application/deliberation/call_slots.h"
#include "application/deliberation/gathered_deltas.h"
#include "domain/deliberation/deliberation_progress.h"
#include "domain/deliberation/spending_room.h"
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
  AnswerExtractor& extractor;
  WakeUps& wake_ups;
  Clock& clock;
  EventLog& log;
};

// DeliberationRun takes one deliberation from its record to its end: it begins the calls that the engine wants, stores each one that has
// finished before it counts, hangs up on those that are of no use any more, and tells what happens meanwhile. Each call that it begins ends
// in a record, those that it hangs up on too, unless the deliberation goes on elsewhere. All methods on the thread of `executor`.
class DeliberationRun {
 public:
  // `record`: its calls so far. The ports, slots and room must outlive it.
  DeliberationRun(boost::asio::any_io_executor executor, const DeliberationPorts& ports, CallSlots& slots, AnswerRoom& answers,
                  Deliberation deliberation, std::vector<FinishedCall> record);
  DeliberationRun(const DeliberationRun&) = delete;
  DeliberationRun& operator=(const DeliberationRun&) = delete;

  // Takes up the record first. Resumes when it has ended, or was left as it is, and no call is under way any more. Once. Where something
  // throws it ends as failed, with what was paid for: nobody could go on with it, and those that wait for it would wait for ever.
  boost::asio::awaitable<void> run();

  // Begins no further call, and leaves it when the calls to models that are under way have ended; a plugin that verifies goes on without
  // us.
  void drain();

  // Ends its calls to models and leaves it, and the plugins that verify as they are: the store has all that finished, so that it goes on
  // from there later.
  void leave();

  // Hangs up on its calls, records them and cancels it.
  void cancel();

  // Its end is stored by somebody else: hangs up on its calls and, if it was cancelled, records them behind that end.
  void was_ended();

 private:
  enum class Stored : std::uint8_t {
    yes,
    gone,     // it is somebody else's now, or it is left
    refused,  // for what it is
  };

  // Why we end a call ourselves.
  enum class HangUp : std::uint8_t {
    useless,    // the others were enough
    by_budget,  // what the others used leaves it no room
    by_fault,   // of the deliberation
    by_time,
    by_cancel,
    left,  // it is made again later, and so not recorded
  };
  struct UnderWay {
    TokenUsage most;        // that one attempt may use
    std::int64_t cost = 0;  // and cost
    std::size_t bytes = 0;  // that it keeps in memory
    int attempts = 1;       // for which there is room
    std::stop_source stop{};
    std::stop_source leave{};     // of a plugin that verifies, which goes on
    std::optional<HangUp> why{};  // once we have ended it
  };
  class Listener;

  boost::asio::awaitable<void> go();
  // Giving way to others meanwhile.
  boost::asio::awaitable<void> take_up_record();
  bool goes_on() const;
  CutShort why_now(SteadyTime now) const;
  bool may_begin_calls() const;
  // As many as there is room for, giving way to others meanwhile.
  boost::asio::awaitable<void> begin_calls();
  // Some of them: gives how much work that was, as Turns count it, or 0 if there is no more to begin.
  std::size_t begin_some();
  bool may_try_again(CallName name);
  std::size_t begun_of_stage() const;
  SpendingRoom room_beside_calls() const;
  void hang_up(const CallName& name, UnderWay& call, HangUp why);
  void hang_up_on_useless_calls();
  void hang_up_on_all(HangUp why);
  HangUp why_at_the_end() const;
  // Nothing: not at all.
  static std::optional<FinishedCall> as_recorded(FinishedCall call, std::optional<HangUp> why);
  // An answer for which there is no room has failed, and is paid for.
  void take_room(FinishedCall& call);
  boost::asio::awaitable<void> make_call(CallName name, VerificationEnds ends);
  boost::asio::awaitable<void> finish_call(CallName name, VerificationEnds ends);
  // Into `call` what came of it, and what was used of it until then.
  boost::asio::awaitable<void> ask(std::stop_token stop, FinishedCall& call);
  boost::asio::awaitable<void> verify(VerificationEnds ends, FinishedCall& call);
  static std::string words_of(const std::exception& fault);
  ModelQuestion question_for(CallName name) const;
  std::chrono::milliseconds time_left() const;
  // Of the phase that has begun, and of what models write, what is due.
  boost::asio::awaitable<Stored> tell();
  boost::asio::awaitable<Stored> store_finished();
  // To its end, giving way to others meanwhile.
  boost::asio::awaitable<void> score();
  // Of one that cannot be stored as it is, only that: to make it again would cost the same, for nothing. `refused`: not even that.
  boost::asio::awaitable<Stored> record(FinishedCall& call);
  boost::asio::awaitable<void> store_end();
  boost::asio::awaitable<void> end_as_failed(std::string reason);
  boost::asio::awaitable<bool> is_recorded(const FinishedCall& call);
  boost::asio::awaitable<bool> was_cancelled();
  // Tries again while the store is away.
  boost::asio::awaitable<Stored> store(std::function<Async<void>()> change);

  static constexpr std::chrono::hours long_wait{1};  // for what wakes us

  // Constant after construction.
  const boost::asio::any_io_executor executor_;
  const DeliberationPorts& ports_;
  const Deliberation deliberation_;
  const SteadyTime deadline_;

  std::vector<FinishedCall> record_;  // until it is taken up
  DeliberationProgress progress_;
  std::map<CallName, UnderWay> calls_;
  std::size_t hung_up_ = 0;            // of them
  std::deque<FinishedCall> finished_;  // that do not count yet
  const std::unique_ptr<WakeUp> changed_;
  CallSlots::Share slots_;
  AnswerRoom::Share answers_;
  GatheredDeltas deltas_;
  std::optional<std::uint32_t> told_stage_;  // by this run
  bool draining_ = false;
  bool leaving_ = false;
  bool cancelling_ = false;
  bool was_ended_ = false;   // in the store, by somebody else
  std::exception_ptr lost_;  // by a call that has no record of it: nobody knows what it has cost
};

}  // namespace orc
