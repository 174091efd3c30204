#include "domain/callback/callback.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace orc {
namespace {

using namespace std::chrono_literals;

// Standard Webhooks asks for a schedule of this shape; the first waits are short, for a receiver that is just being restarted.
constexpr std::array<std::chrono::milliseconds, callback_tries_max - 1> waits = {1s, 5s, 30s, 2min, 10min, 1h, 3h, 6h};
constexpr double jitter_share = 0.2;  // either way, so that what failed together does not come back together

}  // namespace

std::string_view to_word(CallbackState state) {
  switch (state) {
    case CallbackState::waiting:
      return "waiting";
    case CallbackState::delivered:
      return "delivered";
    case CallbackState::given_up:
      return "given_up";
  }
  return "";
}

std::string webhook_id(CallbackId id, JobId job, Timestamp ended_at) {
  return "job_" + std::to_string(std::to_underlying(job)) + "_" + std::to_string(std::to_underlying(id)) + "_" +
         std::to_string(to_ms(ended_at));
}

CallbackTry judge_callback(CallbackId id, int number, CallbackAnswer answer, double dice) {
  CallbackTry tried{.id = id, .number = number, .wait = {}, .answer = std::move(answer)};
  if (tried.answer.kind == CallbackAnswer::Kind::taken) {
    tried.state = CallbackState::delivered;
  } else if (tried.answer.kind == CallbackAnswer::Kind::cut) {
    tried.wait = waits.front();
  } else if (tried.answer.kind == CallbackAnswer::Kind::gone || number >= callback_tries_max) {
    tried.state = CallbackState::given_up;
  } else {
    const double factor = 1 - jitter_share + 2 * jitter_share * dice;
    const auto wait = waits.at(static_cast<std::size_t>(number - 1));
    const std::chrono::milliseconds asked_for = std::min<std::chrono::milliseconds>(tried.answer.asked_for, waits.back());
    tried.wait = std::max(asked_for, std::chrono::milliseconds{std::llround(static_cast<double>(wait.count()) * factor)});
  }
  return tried;
}

}  // namespace orc
