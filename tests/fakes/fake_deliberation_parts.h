#pragma once

#include <string>
#include <vector>

#include "ports/deliberation_signals.h"
#include "ports/event_signals.h"
#include "ports/language_model.h"

namespace orc {

// RecordingDeliberationSignals keeps what it is told.
class RecordingDeliberationSignals final : public DeliberationSignals {
 public:
  void submitted(std::string_view id) override { submitted_ids.emplace_back(id); }
  void ended(std::string_view id) override { ended_ids.emplace_back(id); }
  boost::asio::awaitable<void> hang_up(std::string id) override {
    hung_up_ids.push_back(std::move(id));
    co_return;
  }

  std::vector<std::string> submitted_ids;
  std::vector<std::string> ended_ids;
  std::vector<std::string> hung_up_ids;
};

// RecordingEventSignals keeps what it is told, and nobody hears it.
class RecordingEventSignals final : public EventSignals {
 public:
  void happened(std::string_view deliberation) override { told.emplace_back(deliberation); }
  std::unique_ptr<Watch> watch(std::string_view, std::function<void()>) override { return nullptr; }

  std::vector<std::string> told;
};

// ClosedModel admits one endpoint, and answers nothing: for tests of what comes before any call.
class ClosedModel final : public LanguageModel {
 public:
  Result<void> admit(std::string_view endpoint) const override {
    if (endpoint == admitted) return {};
    return fail(ErrorCode::permission_denied, std::string(endpoint) + " is not allowed");
  }
  Async<ModelAnswer> ask(ModelQuestion, AnswerListener&, std::stop_token) override {
    co_return fail(ErrorCode::unavailable, "this model is closed");
  }

  std::string admitted = "http://127.0.0.1:8000";
};

}  // namespace orc
