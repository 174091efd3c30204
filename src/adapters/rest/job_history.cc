#include "adapters/rest/job_history.h"

#include <charconv>
#include <limits>

#include "adapters/rest/job_json.h"
#include "adapters/rest/log_events.h"
#include "adapters/rest/page_json.h"
#include "adapters/rest/problem.h"

namespace orc {
namespace {

constexpr std::int64_t log_limit_default = 1000;
constexpr std::int64_t log_limit_max = 10'000;

std::string text_of(const std::vector<LogLine>& lines, std::size_t bytes) {
  std::string text;
  text.reserve(bytes);
  for (const LogLine& line : lines) text.append(line.text).append("\n");
  return text;
}

// The id of an event is the number of its line. Anything else there comes from another stream: this one begins anew.
std::int64_t line_behind(std::string_view last_event_id) {
  std::int64_t last = 0;
  const auto [end, error] = std::from_chars(last_event_id.data(), last_event_id.data() + last_event_id.size(), last);
  const bool is_number = error == std::errc{} && end == last_event_id.data() + last_event_id.size();
  return is_number && last >= 0 && last < std::numeric_limits<std::int64_t>::max() ? last + 1 : 1;
}

}  // namespace

void JobHistory::add_to(RouteTable& table) {
  table.add("GET", "/api/v1/jobs/{id}/attempts", Access::read, {}, *this, &JobHistory::attempts);
  table.add("GET", "/api/v1/jobs/{id}/logs", Access::read, {}, *this, &JobHistory::log);
  table.add("GET", "/api/v1/jobs/{id}/logs/stream", Access::read, {}, *this, &JobHistory::stream_log);
}

boost::asio::awaitable<HttpResponse> JobHistory::attempts(RestRequest& request) {
  const auto id = path_id(request.path, job_not_found);
  if (!id) co_return id.error();
  const auto job = co_await job_access_.without_payloads(request.actor.principal, JobId{*id});
  if (!job) co_return problem(job.error());
  const auto attempts = co_await jobs_.attempts(job->id);
  if (!attempts) co_return problem(attempts.error());
  co_return page_answer(static_cast<std::int64_t>(attempts->size()), *attempts, write_attempt);
}

boost::asio::awaitable<HttpResponse> JobHistory::log(RestRequest& request) {
  const auto id = path_id(request.path, job_not_found);
  if (!id) co_return id.error();
  QueryReader query(request.http);
  const std::int64_t from = query.integer("from", 1, std::numeric_limits<std::int64_t>::max()).value_or(1);
  const std::int64_t limit = query.integer("limit", 1, log_limit_max).value_or(log_limit_default);
  const bool as_text = query.is_second_word("format", "json", "text");
  if (!query.faults().empty()) co_return unprocessable(query.faults());
  const auto job = co_await job_access_.without_payloads(request.actor.principal, JobId{*id});
  if (!job) co_return problem(job.error());
  auto page = co_await jobs_.log(job->id, from, static_cast<int>(limit));
  if (!page) co_return problem(page.error());
  std::size_t bytes = 0;
  for (const LogLine& line : page->lines) bytes += text_size_of(line);
  if (as_text) {
    const auto work = [&]() -> Result<std::string> { return text_of(page->lines, bytes); };
    auto text = bytes <= inline_answer_max ? work() : co_await parsing_.run(work);
    if (!text) co_return problem(text.error());
    HttpResponse response{.content_type = "text/plain; charset=utf-8", .body = std::move(*text)};
    response.headers.push_back({"X-Total-Count", std::to_string(page->total)});
    co_return response;
  }
  co_return co_await long_page_answer(parsing_, bytes, page->total, std::move(page->lines), write_log_line);
}

boost::asio::awaitable<HttpResponse> JobHistory::stream_log(RestRequest& request) {
  const auto id = path_id(request.path, job_not_found);
  if (!id) co_return id.error();
  QueryReader query(request.http);
  const auto from = query.integer("from", 1, std::numeric_limits<std::int64_t>::max());
  if (!query.faults().empty()) co_return unprocessable(query.faults());
  const auto job = co_await job_access_.without_payloads(request.actor.principal, JobId{*id});
  if (!job) co_return problem(job.error());
  const auto last = request.http.headers.find("last-event-id");
  FollowLog follow({.reader = jobs_, .signals = signals_, .clock = clock_}, job->id, last ? line_behind(*last) : from.value_or(1));
  HttpResponse response{.content_type = "text/event-stream"};
  response.source = std::make_shared<LogEvents>(std::move(follow), clock_);
  co_return response;
}

}  // namespace orc
