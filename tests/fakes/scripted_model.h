#pragma once

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "ports/language_model.h"
#include "ports/verifier.h"
#include "ports/wake_up.h"

namespace orc {

// ScriptedModel answers as the test says, after as long as it says. For one thread.
class ScriptedModel final : public LanguageModel {
 public:
  ScriptedModel(WakeUps& wake_ups, Clock& clock) : wake_ups_(wake_ups), clock_(clock) {}

  Result<void> admit(std::string_view) const override { return {}; }

  Async<ModelAnswer> ask(ModelQuestion question, AnswerListener& listener, std::stop_token stop) override {
    questions.push_back(question);
    open_most = std::max(open_most, ++open);
    if (writes) writes(listener);
    co_await boost::asio::post(boost::asio::use_awaitable);
    const auto pause = wake_ups_.make();
    const std::stop_callback on_stop(stop, [&] { pause->wake(); });
    const SteadyTime ready = clock_.steady_now() + takes(question);
    while (clock_.steady_now() < ready && !stop.stop_requested()) co_await pause->wait(ready);
    --open;
    const auto in_vain = [&] {
      if (tries) listener.was_in_vain({});
    };
    if (stop.stop_requested()) {
      ++stopped;
      in_vain();
      co_return fail(ErrorCode::conflict, "it was stopped");
    }
    auto answer = says(question);
    if (answer)
      listener.wrote(answer->text);
    else
      in_vain();
    co_return answer;
  }

  std::function<Result<ModelAnswer>(const ModelQuestion&)> says = [](const ModelQuestion&) -> Result<ModelAnswer> {
    return ModelAnswer{.text = "eleven", .usage = {.in = 10, .out = 2}};
  };
  std::function<std::chrono::milliseconds(const ModelQuestion&)> takes = [](const ModelQuestion&) { return std::chrono::milliseconds{0}; };

  bool tries = true;  // what gives no answer was tried, and is told to have used nothing

  std::function<void(AnswerListener&)> writes;  // at once, before the answer

  std::vector<ModelQuestion> questions;  // ever
  int open = 0;
  int open_most = 0;
  int stopped = 0;

 private:
  WakeUps& wake_ups_;
  Clock& clock_;
};

// ScriptedVerifier scores as the test says.
class ScriptedVerifier final : public Verifier {
 public:
  Async<double> verify(Verification what, VerificationEnds ends) override {
    co_await boost::asio::post(boost::asio::use_awaitable);
    asked.push_back(what);
    if (rests) co_await rests(ends);
    if (ends.stop.stop_requested() || ends.leave.stop_requested()) co_return fail(ErrorCode::conflict, "it was stopped");
    co_return says(what);
  }

  std::function<Result<double>(const Verification&)> says = [](const Verification&) -> Result<double> { return 0.5; };
  std::function<boost::asio::awaitable<void>(VerificationEnds)> rests;  // before it says anything
  std::vector<Verification> asked;
};

}  // namespace orc
