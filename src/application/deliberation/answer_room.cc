#include "application/deliberation/answer_room.h"

#include <string>
#include <utility>

#include "domain/deliberation/model_call.h"

namespace orc {
namespace {

std::string size_words(std::size_t bytes) {
  constexpr std::size_t mebi = std::size_t{1} << 20;
  return bytes % mebi == 0 ? std::to_string(bytes / mebi) + " MiB" : std::to_string(bytes) + " bytes";
}

}  // namespace

AnswerRoom::Share::~Share() { room_.figures_.bytes -= bytes_; }

void AnswerRoom::Share::keep(std::size_t bytes) {
  bytes_ += bytes;
  room_.figures_.bytes += bytes;
}

Result<void> AnswerRoom::Share::take(std::size_t bytes) {
  const Limits& limits = room_.limits_;
  if (bytes_ + bytes > limits.bytes_of_one_max) {
    ++room_.figures_.refused;
    return fail(ErrorCode::resource_exhausted,
                "the answers of this deliberation hold more than " + size_words(limits.bytes_of_one_max) + " together");
  }
  if (bytes_ + bytes > limits.bytes_of_one_own && room_.figures_.bytes + bytes > limits.bytes_max) {
    ++room_.figures_.refused;
    return fail(ErrorCode::resource_exhausted,
                "the answers of all deliberations that run here hold more than " + size_words(limits.bytes_max) + " together");
  }
  keep(bytes);
  return {};
}

void AnswerRoom::Share::give_back(std::size_t bytes) {
  bytes_ -= bytes;
  room_.figures_.bytes -= bytes;
}

std::size_t answer_bytes_of(const FinishedCall& call) {
  return call.text.size() + call.reasoning.size() + (call.answer ? call.answer->size() : 0);
}

void give_up_answer(FinishedCall& call, std::string why) {
  if (call.outcome == CallOutcome::succeeded) call.outcome = CallOutcome::failed;
  call.text = std::move(why);
  call.reasoning = {};
  call.answer.reset();
  call.score.reset();
}

}  // namespace orc
