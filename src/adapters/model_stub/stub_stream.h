#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/http/http_body_source.h"
#include "adapters/model_stub/chat_events.h"
#include "adapters/model_stub/stub_counts.h"
#include "adapters/model_stub/stub_reply.h"
#include "adapters/model_stub/tick_wheel.h"

namespace orc {

// StubStream gives one answer's tokens as they become due. What became due meanwhile, to a reader who is slow or on a host that is busy,
// goes out together.
class StubStream final : public HttpBodySource {
 public:
  enum class Usage : std::uint8_t { told, left_out };

  // `counts` and `wheel` outlive it.
  StubStream(StubReply reply, ChatEvents events, Usage usage, TickWheel& wheel, StubCounts& counts);
  ~StubStream() override;
  StubStream(const StubStream&) = delete;
  StubStream& operator=(const StubStream&) = delete;

  boost::asio::awaitable<std::string> next() override;
  void give_up() override;

 private:
  void append_due(std::string& out);
  void append_end(std::string& out);
  SteadyTime due(std::int64_t token) const { return begun_ + reply_.due(token); }

  const StubReply reply_;
  const ChatEvents events_;
  const Usage usage_;
  TickWheel& wheel_;
  StubCounts& counts_;
  const SteadyTime begun_;
  const std::int64_t last_;  // tokens that come
  std::string_view left_;    // of the reply's text
  std::int64_t token_ = 0;   // the next one
  enum class Phase : std::uint8_t { writing, breaking, written, given_up } phase_ = Phase::writing;
  TickWheel::Rest rest_;
};

}  // namespace orc
