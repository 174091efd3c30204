#include "adapters/metrics/measured_language_model.h"

namespace orc {
namespace {

std::string_view outcome_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "refused";
    case ErrorCode::unauthenticated:
    case ErrorCode::permission_denied:
      return "not_allowed";
    case ErrorCode::conflict:
      return "stopped";
    case ErrorCode::resource_exhausted:
      return "overloaded";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::not_found:
    case ErrorCode::internal:
      return "failed";
  }
  return "failed";
}

}  // namespace

Async<ModelAnswer> MeasuredLanguageModel::ask(ModelQuestion question, AnswerListener& listener, std::stop_token stop) {
  const std::string model = question.model;
  const SteadyTime begun = clock_.steady_now();
  meters_.model_call_begun();
  auto answer = co_await next_.ask(std::move(question), listener, std::move(stop));
  if (answer)
    meters_.model_call_ended(model, "answered", answer->usage, clock_.steady_now() - begun, answer->to_first_token);
  else
    meters_.model_call_ended(model, outcome_of(answer.error().code), {}, clock_.steady_now() - begun, std::nullopt);
  co_return answer;
}

}  // namespace orc
