#include "adapters/model_stub/model_stub.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "adapters/json/json_writer.h"
#include "adapters/model_stub/stub_stream.h"

namespace orc {
namespace {

constexpr std::uint64_t question_bytes_max = std::uint64_t{8} << 20;
constexpr std::string_view chat_path = "/v1/chat/completions";
constexpr std::string_view models_path = "/v1/models";
constexpr std::string_view counts_path = "/counts";

HttpResponse json_answer(int status, std::string body) {
  return {.status = status, .content_type = "application/json", .body = std::move(body)};
}

HttpResponse refused(int status, std::string_view sentence) { return json_answer(status, chat_error(sentence, "invalid_request_error")); }

}  // namespace

ModelStub::ModelStub(const boost::asio::any_io_executor& executor, StubSettings settings, RecordedAnswers recorded, Clock& clock)
    : settings_(std::move(settings)), recorded_(std::move(recorded)), clock_(clock), luck_(settings_.seed), wheel_(executor) {}

boost::asio::awaitable<HeadDecision> ModelStub::before_body(HttpRequestHead& head) {
  const bool is_chat = head.path == chat_path;
  if (!is_chat && head.path != models_path && head.path != counts_path)
    co_return refused(404, "Nothing is at " + head.path + "; there are POST /v1/chat/completions, GET /v1/models and GET /counts.");
  const std::string_view method = is_chat ? "POST" : "GET";
  if (head.method != method) {
    HttpResponse answer = refused(405, "Only " + std::string(method) + " is possible here.");
    answer.headers.push_back({"Allow", std::string(method)});
    co_return answer;
  }
  co_return BodyRule{.body_max = is_chat ? question_bytes_max : 0};
}

boost::asio::awaitable<HttpResponse> ModelStub::handle(HttpRequest& request) {
  if (request.path == models_path) co_return json_answer(200, model_list(settings_.models, clock_.now()));
  if (request.path == counts_path) co_return counts_page();
  co_return co_await complete_chat(request.body);
}

boost::asio::awaitable<HttpResponse> ModelStub::complete_chat(std::string_view body) {
  const auto question = read_chat_question(body);
  if (!question) co_return refused(400, question.error().message);
  if (!has_model(question->model)) co_return refused(404, "The model '" + question->model + "' does not exist; see GET /v1/models.");
  ++counts_.asked;
  StubReply reply = decide_reply(settings_, recorded_, *question, luck_.dice_for(body));
  if (reply.kind == StubReply::Kind::refusal) {
    ++counts_.refused;
    co_return refusal();
  }
  ChatEvents events(static_cast<std::uint64_t>(counts_.asked), clock_.now(), question->model);
  if (question->delivery == ChatQuestion::Delivery::whole) co_return co_await whole_answer(std::move(reply), std::move(events));
  const auto usage = question->wants_usage ? StubStream::Usage::told : StubStream::Usage::left_out;
  HttpResponse answer{.status = 200, .content_type = "text/event-stream"};
  answer.source = std::make_shared<StubStream>(std::move(reply), std::move(events), usage, wheel_, counts_);
  co_return answer;
}

// One that breaks does so before its first byte, as its connection cannot be left in the midst of a body that is there as a whole.
boost::asio::awaitable<HttpResponse> ModelStub::whole_answer(StubReply reply, ChatEvents events) {
  counts_.began();
  const SteadyTime due = std::chrono::steady_clock::now() + reply.due(std::max<std::int64_t>(reply.tokens - 1, 0));
  TickWheel::Rest rest;
  while (!is_hurrying_ && std::chrono::steady_clock::now() < due) co_await wheel_.rest(rest, due);
  --counts_.open;
  if (reply.kind == StubReply::Kind::broken) {
    ++counts_.broken;
    co_return json_answer(502, chat_error("This answer breaks off, as the share of breaks has it.", "server_error"));
  }
  ++counts_.answered;
  counts_.tokens += reply.tokens;
  co_return json_answer(200,
                        events.whole(reply.text, reply.is_cut ? "length" : "stop", {.in = reply.question_tokens, .out = reply.tokens}));
}

HttpResponse ModelStub::refusal() const {
  HttpResponse answer =
      json_answer(settings_.error_status, chat_error("This request is refused, as the share of errors has it.",
                                                     settings_.error_status == 429 ? "rate_limit_error" : "server_error"));
  if (settings_.retry_after) answer.headers.push_back({"Retry-After", std::to_string(settings_.retry_after->count())});
  return answer;
}

HttpResponse ModelStub::counts_page() const {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("asked", counts_.asked);
  json.member("open", counts_.open);
  json.member("open_max", counts_.open_max);
  json.member("answered", counts_.answered);
  json.member("refused", counts_.refused);
  json.member("broken", counts_.broken);
  json.member("abandoned", counts_.abandoned);
  json.member("tokens", counts_.tokens);
  json.end_object();
  return json_answer(200, std::move(text));
}

bool ModelStub::has_model(std::string_view name) const {
  return settings_.models.empty() || std::ranges::find(settings_.models, name) != settings_.models.end();
}

void ModelStub::hurry() {
  is_hurrying_ = true;
  wheel_.wake_all();
}

}  // namespace orc
