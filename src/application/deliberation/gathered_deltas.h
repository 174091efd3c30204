#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/deliberation/deliberation_event.h"
#include "ports/clock.h"
#include "ports/language_model.h"
#include "ports/wake_up.h"

namespace orc {

// GatheredDeltas joins what the models of a deliberation write until it is time to tell it: of each agent, whose calls take turns, every
// delta_interval at most. What is left when a call ends is not told, as the answer has it. On the thread of the executor.
class GatheredDeltas {
 public:
  static constexpr std::size_t taken_max = 500;  // events at once; the agents behind them are due again at once

  // Wakes `has_text` when there is something to tell where there was nothing. Both must outlive it.
  GatheredDeltas(Clock& clock, WakeUp& has_text) : clock_(clock), has_text_(has_text) {}
  GatheredDeltas(const GatheredDeltas&) = delete;
  GatheredDeltas& operator=(const GatheredDeltas&) = delete;

  // Listens to one call for as long as it lives.
  class Call {
   public:
    Call(GatheredDeltas& all, CallName name) : all_(all), name_(name) { all_.calls_.emplace(name, this); }
    ~Call() { all_.calls_.erase(name_); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    // As AnswerListener's.
    void wrote(std::string_view delta);
    void restarted();

   private:
    friend class GatheredDeltas;
    GatheredDeltas& all_;
    const CallName name_;
    std::string text_;  // not told yet
    int attempt_ = 1;
    int parts_ = 0;           // told, of this attempt
    std::uint64_t turn_ = 0;  // when it was told last, among all that was; 0: not yet
  };

  // When to take; never, if there is nothing.
  SteadyTime due() const { return due_; }

  // What is due by now, if it is time.
  std::vector<DeliberationEvent> take();

 private:
  using Calls = std::map<CallName, Call*>;

  // Of the calls of an agent that begin at `first`, that whose turn it is, if any has text; `first` is behind them then.
  static Call* next_of_agent(Calls::iterator& first, Calls::iterator end, std::size_t& waiting);

  Clock& clock_;
  WakeUp& has_text_;
  Calls calls_;
  std::map<std::uint32_t, SteadyTime> may_tell_at_;  // by agent: not before
  std::uint64_t turns_ = 0;
  std::optional<CallName> last_;  // that was told, if others behind it wait
  SteadyTime due_ = SteadyTime::max();
};

}  // namespace orc
