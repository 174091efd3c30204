#include "adapters/model_stub/stub_stream.h"

#include <stdexcept>
#include <utility>

namespace orc {

StubStream::StubStream(StubReply reply, ChatEvents events, Usage usage, TickWheel& wheel, StubCounts& counts)
    : reply_(std::move(reply)),
      events_(std::move(events)),
      usage_(usage),
      wheel_(wheel),
      counts_(counts),
      begun_(std::chrono::steady_clock::now()),
      last_(reply_.kind == StubReply::Kind::broken ? reply_.tokens / 2 : reply_.tokens),
      left_(reply_.text) {
  counts_.began();
}

StubStream::~StubStream() {
  --counts_.open;
  if (phase_ == Phase::writing || phase_ == Phase::given_up) ++counts_.abandoned;
}

boost::asio::awaitable<std::string> StubStream::next() {
  std::string part;
  if (phase_ == Phase::breaking) {
    phase_ = Phase::written;
    throw std::runtime_error("this answer breaks off, as the share of breaks has it");
  }
  if (phase_ != Phase::writing) co_return part;
  while (phase_ == Phase::writing && token_ < last_ && std::chrono::steady_clock::now() < due(token_))
    co_await wheel_.rest(rest_, due(token_));
  if (phase_ == Phase::given_up) co_return part;
  append_due(part);
  if (token_ == last_) append_end(part);
  if (part.empty()) co_return co_await next();  // a break before the first token: an empty part would be an end
  co_return part;
}

void StubStream::append_due(std::string& out) {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (; token_ < last_ && due(token_) <= now; ++token_) {
    if (reply_.text.empty()) {
      const auto stamp = std::chrono::floor<std::chrono::microseconds>(due(token_).time_since_epoch()).count();
      events_.append_token(out, std::to_string(stamp) + " ");
    } else {
      events_.append_token(out, take_stub_token(left_));
    }
    ++counts_.tokens;
  }
}

void StubStream::append_end(std::string& out) {
  if (reply_.kind == StubReply::Kind::broken) {
    phase_ = Phase::breaking;  // once what is there has gone out
    ++counts_.broken;
    return;
  }
  phase_ = Phase::written;
  ++counts_.answered;
  events_.append_finish(out, reply_.is_cut ? "length" : "stop");
  if (usage_ == Usage::told) events_.append_usage(out, {.in = reply_.question_tokens, .out = reply_.tokens});
  ChatEvents::append_done(out);
}

void StubStream::give_up() {
  if (phase_ == Phase::writing) phase_ = Phase::given_up;
  wheel_.wake(rest_);
}

}  // namespace orc
