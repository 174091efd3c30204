#pragma once

#include "adapters/metrics/deliberation_meters.h"
#include "ports/clock.h"
#include "ports/language_model.h"

namespace orc {

// MeasuredLanguageModel counts and times what models are asked. On the thread of the executor.
class MeasuredLanguageModel final : public LanguageModel {
 public:
  // All outlive it.
  MeasuredLanguageModel(LanguageModel& next, DeliberationMeters& meters, Clock& clock) : next_(next), meters_(meters), clock_(clock) {}

  Result<void> admit(std::string_view endpoint) const override { return next_.admit(endpoint); }
  Async<ModelAnswer> ask(ModelQuestion question, AnswerListener& listener, std::stop_token stop) override;

 private:
  LanguageModel& next_;
  DeliberationMeters& meters_;
  Clock& clock_;
};

}  // namespace orc
