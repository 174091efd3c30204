#include "domain/job/attempt.h"

namespace orc {

std::string_view to_word(AttemptOutcome outcome) {
  switch (outcome) {
    case AttemptOutcome::succeeded:
      return "succeeded";
    case AttemptOutcome::failed:
      return "failed";
    case AttemptOutcome::timed_out:
      return "timed_out";
    case AttemptOutcome::out_of_memory:
      return "out_of_memory";
    case AttemptOutcome::output_rejected:
      return "output_rejected";
    case AttemptOutcome::refused:
      return "refused";
    case AttemptOutcome::cancelled:
      return "cancelled";
    case AttemptOutcome::given_back:
      return "given_back";
    case AttemptOutcome::worker_lost:
      return "worker_lost";
    case AttemptOutcome::not_started:
      return "not_started";
  }
  return {};
}

std::optional<AttemptOutcome> attempt_outcome_from_word(std::string_view word) {
  using enum AttemptOutcome;
  for (const AttemptOutcome outcome :
       {succeeded, failed, timed_out, out_of_memory, output_rejected, refused, cancelled, given_back, worker_lost, not_started})
    if (to_word(outcome) == word) return outcome;
  return {};
}

std::string_view to_word(Isolation isolation) {
  switch (isolation) {
    case Isolation::none:
      return "none";
    case Isolation::container:
      return "container";
    case Isolation::strict:
      return "strict";
  }
  return {};
}

std::optional<Isolation> isolation_from_word(std::string_view word) {
  for (const Isolation isolation : {Isolation::none, Isolation::container, Isolation::strict})
    if (to_word(isolation) == word) return isolation;
  return {};
}

}  // namespace orc
