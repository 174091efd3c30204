#include "adapters/openai/chat_call.h"

#include <algorithm>

#include "adapters/http/retry_after.h"
#include "adapters/openai/json_scan.h"
#include "adapters/openai/sse_lines.h"

namespace orc {
namespace {

using Fault = CallFailure::Fault;

constexpr std::size_t refusal_bytes_max = 300;  // of what a server says when it refuses
constexpr std::chrono::seconds usage_max{1};    // until a server has counted a full answer

std::unexpected<CallFailure> failed(Fault fault, Error error, std::chrono::milliseconds asked_for = {}) {
  return std::unexpected(CallFailure{.error = std::move(error), .fault = fault, .asked_for = asked_for});
}

SteadyTime now() { return std::chrono::steady_clock::now(); }

// What went wrong on the way. That our deadline came first is no fault of the server's kind, but as bad.
CallFailure of_connection(Error error) {
  const Fault fault = error.code == ErrorCode::permission_denied ? Fault::request : Fault::endpoint;
  return {.error = std::move(error), .fault = fault};
}

}  // namespace

bool OpenAnswers::grow(std::size_t held, std::size_t bytes) {
  const std::size_t more = beyond_own(bytes) - beyond_own(held);
  if (more > 0 && bytes_ + more > bytes_max_) return false;
  bytes_ += more;
  return true;
}

std::expected<void, CallFailure> ChatCall::hold(std::size_t bytes) {
  if (bytes <= held_) return {};
  if (!answers_.grow(held_, bytes))
    return failed(Fault::request, {ErrorCode::resource_exhausted, "the answers that models write now hold too much together"});
  held_ = bytes;
  return {};
}

SteadyTime ChatCall::patience() const {
  return std::min(deadline_, to_first_ ? now() + times_.silence_max : begun_ + times_.first_token_max);
}

void ChatCall::note_piece() {
  if (!to_first_) to_first_ = std::chrono::floor<std::chrono::milliseconds>(now() - begun_);
}

TokenUsage ChatCall::used() const {
  if (!call_.has_begun_to_send() || was_refused_) return {};
  TokenUsage used = counted_;
  if (used.in == 0) used.in = bytes_asked_;
  used.out = used.out == 0 ? pieces_ : used.out + pieces_ - pieces_counted_;  // each is a token at least
  return used;
}

void ChatCall::note_count(const TokenUsage& counted) {
  if (counted == counted_) return;
  counted_ = counted;
  pieces_counted_ = pieces_;
}

boost::asio::awaitable<ChatCall::Outcome> ChatCall::run(HttpOrigin origin, const ModelQuestion& question, SteadyTime deadline,
                                                        OnText on_text) {
  begun_ = now();
  deadline_ = deadline;
  bytes_asked_ = std::ssize(question.system) + std::ssize(question.user);
  std::vector<HttpField> headers = {{.name = "Content-Type", .value = "application/json"},
                                    {.name = "Accept", .value = "text/event-stream, application/json"},
                                    {.name = "Accept-Encoding", .value = "identity"},
                                    {.name = "User-Agent", .value = "orc"}};
  if (const std::string* key = origins_.key_for(origin)) headers.push_back({.name = "Authorization", .value = "Bearer " + *key});
  const auto check = [this, origin](const boost::asio::ip::address& address) { return origins_.may_stand_for(origin, address); };
  auto sent = co_await call_.post(origin, check, "/v1/chat/completions", std::move(headers), chat_request(question), patience());
  if (!sent) co_return std::unexpected(of_connection(std::move(sent).error()));
  if (call_.status() != 200) co_return co_await read_refusal();

  const std::string coding = lower_case(call_.header("content-encoding"));
  if (!coding.empty() && coding != "identity")
    co_return failed(Fault::request, {ErrorCode::invalid_argument, "the model server compressed its answer, which was not asked for"});
  const std::string type = lower_case(call_.header("content-type"));
  if (type.starts_with("text/event-stream")) co_return co_await read_stream(question, on_text);
  if (type.starts_with("application/json")) co_return co_await read_whole(question, on_text);
  std::string told;
  append_clean(told, std::string_view(call_.header("content-type")).substr(0, 100));
  co_return failed(Fault::request, {ErrorCode::invalid_argument, "the model server answered with content of the type '" + told + "'"});
}

boost::asio::awaitable<ChatCall::Outcome> ChatCall::read_stream(const ModelQuestion& question, const OnText& on_text) {
  SseLines lines;
  ChatAnswer chat;
  Result<void> good;
  bool is_wanted = true;
  SteadyTime full_until = SteadyTime::max();
  const auto take = [&](std::string_view chunk) {
    const std::size_t kept = chat.answer.text.size();
    const std::size_t kept_reasoning = chat.answer.reasoning.size();
    auto piece = chat.add_chunk(chunk);
    if (!piece) {
      note_count(chat.answer.usage);
      good = pass_on(piece);
      return false;
    }
    if (piece->is_of_the_model && pieces_ == question.answer_tokens_max) {
      // Each piece is a token at least: a server that does not stop where it was told to is cut off there.
      chat.answer.text.resize(kept);
      chat.answer.reasoning.resize(kept_reasoning);
      is_wanted = false;
    } else if (piece->is_of_the_model) {
      note_piece();
      is_wanted = on_text(piece->text);
      // What it has counted comes after the last piece.
      if (++pieces_ == question.answer_tokens_max) full_until = now() + usage_max;
    }
    note_count(chat.answer.usage);
    return is_wanted && !chat.is_done();
  };
  while (!chat.is_done() && is_wanted) {
    auto part = co_await call_.read(std::min(patience(), full_until));
    if (!part && now() >= full_until) break;
    if (!part) co_return std::unexpected(of_connection(std::move(part).error()));
    if (part->empty()) break;
    if (auto fed = lines.feed(*part, take); !fed) co_return failed(Fault::request, std::move(fed).error());
    if (!good) co_return failed(Fault::endpoint, std::move(good).error());
    if (auto held = hold(chat.answer.text.size() + chat.answer.reasoning.size()); !held) co_return std::unexpected(std::move(held).error());
  }
  const bool is_full = pieces_ == question.answer_tokens_max;
  if (is_full && !chat.has_finished()) chat.answer.finish = FinishReason::length;
  const bool was_cut = !is_wanted || (is_full && !chat.is_done());
  if (!was_cut && !chat.is_done() && !chat.has_finished())
    co_return failed(Fault::endpoint, {ErrorCode::unavailable, "the model server broke off in the midst of its answer"});
  if (chat.is_done() && !was_cut) {
    // The end of the body, so that the connection may be used again.
    auto rest = co_await call_.read(std::min(deadline_, now() + std::chrono::milliseconds{100}));
    if (!rest || !rest->empty()) call_.close();
  } else {
    call_.close();
  }
  if (auto said = chat.check_refusal(); !said) co_return failed(Fault::request, std::move(said).error());
  chat.answer.to_first_token = to_first_.value_or(std::chrono::milliseconds{0});
  chat.answer.usage = used();
  co_return std::move(chat.answer);
}

boost::asio::awaitable<ChatCall::Outcome> ChatCall::read_whole(const ModelQuestion& question, const OnText& on_text) {
  std::string body;
  for (;;) {
    auto part = co_await call_.read(deadline_);  // all of it is written before it is sent
    if (!part) co_return std::unexpected(of_connection(std::move(part).error()));
    if (part->empty()) break;
    if (body.size() + part->size() > answer_bytes_max)
      co_return failed(Fault::request,
                       {ErrorCode::resource_exhausted, "the model's answer is longer than " + std::to_string(answer_bytes_max) + " bytes"});
    if (auto held = hold(body.size() + part->size()); !held) co_return std::unexpected(std::move(held).error());
    body += *part;
  }
  ChatAnswer chat;
  auto taken = chat.take_whole(body);
  pieces_ = std::min(std::ssize(chat.answer.text) + std::ssize(chat.answer.reasoning), question.answer_tokens_max);  // a byte is the least
  note_count(chat.answer.usage);
  if (!taken) {
    const Fault fault = taken.error().code == ErrorCode::unavailable ? Fault::endpoint : Fault::request;
    co_return failed(fault, std::move(taken).error());
  }
  note_piece();
  on_text(chat.answer.text);
  chat.answer.to_first_token = *to_first_;
  chat.answer.usage = used();
  co_return std::move(chat.answer);
}

boost::asio::awaitable<ChatCall::Outcome> ChatCall::read_refusal() {
  was_refused_ = true;
  std::string told;
  if (auto part = co_await call_.read(std::min(patience(), now() + std::chrono::seconds{1})))
    append_clean(told, part->substr(0, refusal_bytes_max));
  call_.close();
  const int status = call_.status();
  const std::string words = "the model server answered " + std::to_string(status) + (told.empty() ? "" : ": " + told);
  const auto asked_for = parse_retry_after(call_.header("retry-after")).value_or(std::chrono::seconds{0});
  if (status == 429 || status == 503) co_return failed(Fault::load, {ErrorCode::resource_exhausted, words}, asked_for);
  if (status >= 500 || status == 408) co_return failed(Fault::endpoint, {ErrorCode::unavailable, words}, asked_for);
  if (status >= 300 && status < 400)
    co_return failed(Fault::request, {ErrorCode::invalid_argument, "the model server redirects elsewhere, which is not followed"});
  co_return failed(Fault::request, {ErrorCode::invalid_argument, words});
}

}  // namespace orc
