#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <string>

#include "adapters/http/http_handler.h"
#include "adapters/model_stub/chat_events.h"
#include "adapters/model_stub/recorded_answers.h"
#include "adapters/model_stub/stub_counts.h"
#include "adapters/model_stub/stub_dice.h"
#include "adapters/model_stub/stub_reply.h"
#include "adapters/model_stub/stub_settings.h"
#include "adapters/model_stub/tick_wheel.h"
#include "ports/clock.h"

namespace orc {

// ModelStub answers like a model server that speaks OpenAI's HTTP API, for demonstrations, tests and measurements: POST
// /v1/chat/completions, streaming or not, GET /v1/models, and GET /counts, which says what it has done so far. How fast, how late and how
// faulty it is, its StubSettings say. On the executor's one thread; outlives the server that it is the handler of.
class ModelStub final : public HttpHandler {
 public:
  ModelStub(const boost::asio::any_io_executor& executor, StubSettings settings, RecordedAnswers recorded, Clock& clock);

  boost::asio::awaitable<HeadDecision> before_body(HttpRequestHead& head) override;
  boost::asio::awaitable<HttpResponse> handle(HttpRequest& request) override;

  // Whole answers that are due later are given at once. The server's stop ends streams. On the executor's thread.
  void hurry();

  const StubCounts& counts() const { return counts_; }

 private:
  boost::asio::awaitable<HttpResponse> complete_chat(std::string_view body);
  boost::asio::awaitable<HttpResponse> whole_answer(StubReply reply, ChatEvents events);
  HttpResponse refusal() const;
  HttpResponse counts_page() const;
  bool has_model(std::string_view name) const;

  const StubSettings settings_;
  const RecordedAnswers recorded_;
  Clock& clock_;
  StubLuck luck_;
  TickWheel wheel_;
  StubCounts counts_;
  bool is_hurrying_ = false;
};

}  // namespace orc
