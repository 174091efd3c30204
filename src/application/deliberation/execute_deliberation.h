#pragma once

#include "application/deliberation/deliberation_input.h"
#include "ports/clock.h"
#include "ports/deliberation_signals.h"
#include "ports/deliberation_store.h"
#include "ports/language_model.h"
#include "ports/random_source.h"

namespace orc {

// ExecuteDeliberation takes a deliberation in: when it returns, the deliberation is durable, and whoever runs them is told.
class ExecuteDeliberation {
 public:
  struct Ports {
    DeliberationStore& store;
    const LanguageModel& model;  // judges the endpoints
    DeliberationSignals& signals;
    Clock& clock;
    RandomSource& random;
  };

  explicit ExecuteDeliberation(Ports ports) : ports_(ports) {}

  // The same task id may come again: each submission is a deliberation of its own (attacks.md, G11).
  // Errors: invalid_argument, with a sentence that names the field; permission_denied, if an endpoint is not allowed; unavailable and
  // resource_exhausted, if it could not be stored just now.
  Async<TakenDeliberation> run(DeliberationInput input);

  // All that run() would refuse as invalid_argument, each with its place in the fields of the input and its plan's options. Looks at the
  // endpoints too. Changes nothing.
  std::vector<FieldFault> faults_of(const DeliberationInput& input) const;

 private:
  // Every model server that the deliberation would ask. Gives the first error, and into `faults` each that is the caller's.
  Result<void> admit_endpoints(const std::string& vllm_url, const DeliberationPlan& plan, std::vector<FieldFault>& faults) const;

  const Ports ports_;
};

}  // namespace orc
