#include "adapters/rest/submissions.h"

#include <algorithm>
#include <optional>

#include "adapters/rest/body_parsing.h"
#include "adapters/rest/problem.h"

namespace orc {
namespace {

int status_of(const SubmitFault& fault) {
  using enum SubmitFault::Kind;
  switch (fault.kind) {
    case plugin_unknown:
      return 404;
    case plugin_inactive:
      return 409;
    case input_mismatch:
    case blob_unknown:
      return 400;
    case key_reused:
    case batch_key_reused:
    case callback_refused:
      return 422;
    case owner_gone:
      return 401;
    case store:
      return orc::status_of(fault.error.code);
  }
  return 500;
}

std::string_view field_of(SubmitFault::Kind kind) {
  using enum SubmitFault::Kind;
  switch (kind) {
    case plugin_unknown:
    case plugin_inactive:
      return "plugin_name";
    case input_mismatch:
    case blob_unknown:
      return "input_data";
    case key_reused:
      return "idempotency_key";
    case callback_refused:
      return "callback_url";
    case batch_key_reused:
    case owner_gone:
    case store:
      return "";
  }
  return "";
}

HttpResponse answer_to(const SubmitFault& fault, FaultForm form) {
  const int status = status_of(fault);
  const std::string sentence = fault.kind == SubmitFault::Kind::plugin_unknown ? "Plugin not found" : fault.error.message;
  if (fault.kind == SubmitFault::Kind::batch_key_reused)
    return unprocessable(FieldFault{.loc = {"header", "Idempotency-Key"}, .msg = sentence, .type = "value_error"});
  const bool about_entry = !field_of(fault.kind).empty();
  if (!about_entry || (form == FaultForm::sentence && status != 422)) return problem(status, sentence);
  FieldFault entry{.loc = {"body"}, .msg = sentence, .type = "value_error"};
  if (form == FaultForm::list) {
    entry.loc.emplace_back("jobs");
    entry.loc.emplace_back(static_cast<std::int64_t>(fault.index));
  }
  entry.loc.emplace_back(std::string(field_of(fault.kind)));
  return fault_list(status, {&entry, 1});
}

std::optional<HttpResponse> answer_to_faults(const ReadSubmissions& read, FaultForm form) {
  if (!read.malformed.empty()) return unprocessable(read.malformed);
  if (read.too_large.empty()) return std::nullopt;
  if (form == FaultForm::sentence) return problem(413, read.too_large.front().msg);
  return fault_list(413, read.too_large);
}

// The header's key; the error is the answer to give.
std::expected<std::string_view, HttpResponse> key_of_header(const HttpRequestHead& head) {
  const auto field = head.headers.find("idempotency-key");
  if (!field) return std::string_view{};
  if (head.headers.count("idempotency-key") == 1 && is_idempotency_key(*field)) return *field;
  return std::unexpected(
      unprocessable(FieldFault{.loc = {"header", "Idempotency-Key"},
                               .msg = "Value error, an idempotency key has 1 to 200 printable ASCII characters and stands in one header",
                               .type = "value_error"}));
}

}  // namespace

boost::asio::awaitable<std::expected<std::vector<Job>, HttpResponse>> Submissions::take(RestRequest& request, Reader reader,
                                                                                        FaultForm form) {
  const auto header_key = key_of_header(request.http);
  if (!header_key) co_return std::unexpected(header_key.error());
  auto read = co_await read_body(parsing_, request.http.body, [&](std::string_view body) { return reader(body, *header_key, digest_); });
  if (!read) co_return std::unexpected(problem(read.error()));
  if (auto refused = answer_to_faults(*read, form)) co_return std::unexpected(std::move(*refused));

  std::vector<std::string_view> keys;
  for (const JobRequest& wanted : read->requests)
    if (wanted.idempotency) keys.push_back(wanted.idempotency->key);
  if (read->batch) keys.push_back(read->batch->key);
  const auto hold = keys_.hold(request.actor.principal.user, keys);
  if (!hold) co_return std::unexpected(problem(hold.error()));

  // What is being taken in counts until it is known how many jobs it makes; repeats and refusals are free.
  const std::string user = std::to_string(std::to_underlying(request.actor.principal.user));
  const std::size_t count = read->requests.size();
  if (const auto wait = rate_.wait_of(user)) co_return std::unexpected(too_often("Too many submissions", *wait));
  rate_.spend(user, static_cast<std::int64_t>(count));
  auto taken = co_await submit_jobs_.run(request.actor.principal, std::move(read->requests), std::move(read->batch));
  rate_.give_back(user, static_cast<std::int64_t>(taken ? count - taken->made : count));
  if (!taken) co_return std::unexpected(answer_to(taken.error(), form));
  if (taken->made > 0)
    log_.submitted(request.http, request.actor.principal.user, std::ranges::min(taken->jobs, {}, &Job::id).id,
                   std::ranges::max(taken->jobs, {}, &Job::id).id, taken->made);
  co_return std::move(taken->jobs);
}

}  // namespace orc
