#include "adapters/rest/deliberation_routes.h"

#include <limits>

#include "adapters/rest/body_parsing.h"
#include "adapters/rest/deliberation_json.h"
#include "adapters/rest/deliberation_reader.h"
#include "adapters/rest/large_answer.h"
#include "adapters/rest/page_json.h"
#include "adapters/rest/problem.h"
#include "adapters/rest/room_for_answer.h"
#include "domain/fault_list.h"

namespace orc {
namespace {

constexpr int limit_default = 50;

std::string id_of(const RestRequest& request) { return std::string(path_parameter(request.path, "id")); }

}  // namespace

DeliberationRoutes::DeliberationRoutes(const RestUseCases& use_cases, const RestPorts& ports)
    : parsing_(ports.parsing),
      rate_(ports.submissions),
      log_(ports.access_log),
      execute_(use_cases.execute_deliberation),
      access_(use_cases.deliberation_access),
      cancel_(use_cases.cancel_deliberation) {}

void DeliberationRoutes::add_to(RouteTable& table) {
  constexpr BodyWanted body{.form = BodyForm::json, .bytes_max = deliberation_body_max};
  table.add("POST", "/api/v1/deliberations", Access::submit, body, *this, &DeliberationRoutes::submit);
  table.add("GET", "/api/v1/deliberations", Access::read, {}, *this, &DeliberationRoutes::list);
  table.add("GET", "/api/v1/deliberations/usage", Access::read, {}, *this, &DeliberationRoutes::usage);
  table.add("GET", "/api/v1/deliberations/{id}/replay", Access::read, {}, *this, &DeliberationRoutes::replay_it);
  table.add("GET", "/api/v1/deliberations/{id}", Access::read, {}, *this, &DeliberationRoutes::get);
  table.add("POST", "/api/v1/deliberations/{id}/cancel", Access::submit, {}, *this, &DeliberationRoutes::cancel);
}

boost::asio::awaitable<HttpResponse> DeliberationRoutes::submit(RestRequest& request) {
  auto read = co_await read_body(parsing_, request.http.body, read_deliberation);
  if (!read) co_return problem(read.error());
  if (!*read) co_return unprocessable(read->error());
  DeliberationInput& input = (*read)->input;
  input.owner = request.actor.user();
  FaultList faults(std::move((*read)->faults));
  auto found = co_await execute_.faults_of(input);
  if (!found) co_return problem(found.error());
  for (FieldFault& fault : *found) {
    fault.loc.insert(fault.loc.begin(), "body");
    faults.add(std::move(fault.loc), std::move(fault.msg));
  }
  if (!faults.faults().empty()) co_return unprocessable(faults.faults());
  // Refusals are free.
  const std::string account = std::to_string(std::to_underlying(request.actor.principal.user));
  if (const auto wait = rate_.wait_of(account)) co_return too_often("Too many submissions", *wait);
  rate_.spend(account, 1);
  const auto taken = co_await execute_.run(std::move(input));
  if (taken) {
    log_.submitted(request.http, request.actor.principal.user, taken->deliberation_id);
    co_return json_answer(202, taken_text(*taken, (*read)->ignored));
  }
  rate_.give_back(account, 1);
  co_return problem(taken.error());
}

boost::asio::awaitable<HttpResponse> DeliberationRoutes::list(RestRequest& request) {
  QueryReader query(request.http);
  const Page page = query.page(limit_default);
  const auto status = query.text("status");
  const auto owner = query.integer("owner_id", 1, std::numeric_limits<std::int64_t>::max());
  const bool everybody = query.is_second_word("scope", "own", "all");
  if (!query.faults().empty()) co_return unprocessable(query.faults());
  DeliberationFilter filter{.owner = request.actor.user(), .status = {}, .skip = page.skip, .limit = page.limit};
  if (everybody) filter.owner.reset();
  if (owner) filter.owner = UserId{*owner};
  if (status) {
    filter.status = deliberation_status_from(*status);
    if (!filter.status) co_return problem(400, "Invalid status: " + std::string(status->substr(0, 100)));
  }
  auto found = co_await access_.list(request.actor.principal, filter, room_for(request, 2));
  if (!found) co_return problem(found.error());
  std::size_t bytes = 0;
  for (const Deliberation& one : found->items) bytes += text_size_of(one);
  co_return co_await long_page_answer(parsing_, bytes, found->total, std::move(found->items), write_listed);
}

boost::asio::awaitable<HttpResponse> DeliberationRoutes::get(RestRequest& request) {
  const auto found = co_await access_.with_calls(request.actor.principal, id_of(request), room_for(request, 2));
  if (!found) co_return problem(found.error());
  auto text = co_await written(parsing_, text_size_of(*found), [&](JsonWriter& json) { write_recorded(json, *found); });
  co_return text ? json_answer(200, std::move(*text)) : problem(text.error());
}

boost::asio::awaitable<HttpResponse> DeliberationRoutes::usage(RestRequest& request) {
  QueryReader query(request.http);
  const auto owner = query.integer("owner_id", 1, std::numeric_limits<std::int64_t>::max());
  const bool everybody = query.is_second_word("scope", "own", "all");
  if (!query.faults().empty()) co_return unprocessable(query.faults());
  std::optional<UserId> whose = owner ? std::optional(UserId{*owner}) : std::optional(request.actor.principal.user);
  if (everybody) whose.reset();
  const auto used = co_await access_.usage(request.actor.principal, whose);
  if (!used) co_return problem(used.error());
  co_return json_answer(200, usage_text(*used));
}

// What a large record makes anew takes too long for the I/O thread.
boost::asio::awaitable<HttpResponse> DeliberationRoutes::replay_it(RestRequest& request) {
  auto found = co_await access_.with_calls(request.actor.principal, id_of(request), room_for(request, 3));
  if (!found) co_return problem(found.error());
  const auto work = [&]() -> Result<std::string> {
    auto replayed = replay(std::move(*found));
    if (!replayed) return std::unexpected(replayed.error());
    return replay_text(std::move(*replayed));
  };
  auto text = co_await parsing_.run(work);
  co_return text ? json_answer(200, std::move(*text)) : problem(text.error());
}

boost::asio::awaitable<HttpResponse> DeliberationRoutes::cancel(RestRequest& request) {
  const auto cancelled = co_await cancel_.run(std::move(request.actor), id_of(request));
  if (!cancelled) co_return problem(cancelled.error());
  const auto write = [&](JsonWriter& json) { write_deliberation(json, *cancelled); };
  co_return json_answer(202, co_await written_in_any_case(parsing_, text_size_of(*cancelled), write));
}

}  // namespace orc
