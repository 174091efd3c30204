#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "application/deliberation/deliberation_input.h"
#include "ports/clock.h"
#include "ports/deliberation_signals.h"
#include "ports/deliberation_store.h"
#include "ports/language_model.h"
#include "ports/plugin_store.h"
#include "ports/random_source.h"

namespace orc {

// ExecuteDeliberation takes a deliberation in: when it returns, the deliberation is durable, and whoever runs them is told. On one thread.
class ExecuteDeliberation {
 public:
  struct Ports {
    DeliberationStore& store;
    const LanguageModel& model;  // judges the endpoints
    PluginReader& plugins;       // knows those that verify
    DeliberationSignals& signals;
    Clock& clock;
    RandomSource& random;
  };

  // One that names no budget of tokens has this part of what its user may use in a day.
  static constexpr std::int64_t part_of_day = 10;

  // `user_tokens_per_day`: that the deliberations of an account may use together which were submitted within a day; nothing: as many as
  // they like. Those of nobody have no such bound.
  ExecuteDeliberation(Ports ports, std::optional<std::int64_t> user_tokens_per_day)
      : ports_(ports), user_tokens_per_day_(user_tokens_per_day) {}

  // The same task id may come again: each submission is a deliberation of its own (attacks.md, G11).
  // Errors: invalid_argument, with a sentence that names the field, also of a plugin that is to verify and is not there, or takes no jobs:
  // that would be found out once all proposals were paid; permission_denied, if an endpoint is not allowed; unavailable and
  // resource_exhausted, if it could not be stored just now; resource_exhausted also, with a sentence that begins "user budget", if its
  // owner has too few tokens left.
  Async<TakenDeliberation> run(DeliberationInput input);

  // All that run() would refuse as invalid_argument, each with its place in the fields of the input and its plan's options. Looks at the
  // endpoints and plugins too. Changes nothing. `input` outlives the call. Errors: unavailable, if no plugin could be looked up.
  Async<std::vector<FieldFault>> faults_of(const DeliberationInput& input) const;

 private:
  // Every model server that the deliberation would ask. Gives the first error, and into `faults` each that is the caller's.
  Result<void> admit_endpoints(const std::string& vllm_url, const DeliberationPlan& plan, std::vector<FieldFault>& faults) const;

  // What a budget of tokens asks beyond all that its owner may use in a day: no wait would help.
  void judge_budget(std::optional<UserId> owner, const DeliberationPlan& plan, std::vector<FieldFault>& faults) const;

  // Every plugin that the deliberation would have verify: into `faults` what keeps one from it.
  Async<void> look_up_verifiers(const DeliberationPlan& plan, std::vector<FieldFault>& faults) const;

  // What one that is being submitted may use: others see it from before the store is asked what there is until it is stored there itself.
  class Promise {
   public:
    Promise(std::map<UserId, std::int64_t>& all, UserId user, std::int64_t tokens) : all_(all), user_(user), tokens_(tokens) {
      all_[user_] += tokens_;
    }
    ~Promise() {
      if ((all_[user_] -= tokens_) == 0) all_.erase(user_);
    }
    Promise(const Promise&) = delete;
    Promise& operator=(const Promise&) = delete;

   private:
    std::map<UserId, std::int64_t>& all_;
    const UserId user_;
    const std::int64_t tokens_;
  };

  // Whether `user` has as many left, which is no more than he may use in a day, with `promised` by those that are being submitted, itself
  // included.
  Async<void> check_tokens_left(UserId user, std::int64_t wanted, std::int64_t promised) const;

  const Ports ports_;
  const std::optional<std::int64_t> user_tokens_per_day_;
  std::map<UserId, std::int64_t> promised_;
};

}  // namespace orc
