#include "adapters/rest/event_routes.h"

#include <limits>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"
#include "adapters/rest/problem.h"

namespace orc {
namespace {

std::optional<ReplaySince> read_since(FieldReader& fields) {
  const auto moment = fields.optional_time("since");
  const auto event = fields.optional_integer("from_seq", {.min = 0, .max = std::numeric_limits<std::int64_t>::max()});
  if (moment && event) fields.add_fault("from_seq", "Give either since or from_seq");
  if (!fields.faults().empty()) return {};
  if (moment) return *moment;
  if (event) return EventId{*event};
  fields.add_fault("since", "Field required: since or from_seq");
  return {};
}

}  // namespace

void EventRoutes::add_to(RouteTable& table) {
  constexpr BodyWanted body{.form = BodyForm::json, .bytes_max = 4 * 1024};
  table.add("POST", "/api/v1/events/replay", Access::admin, body, *this, &EventRoutes::replay);
}

boost::asio::awaitable<HttpResponse> EventRoutes::replay(RestRequest& request) {
  const auto document = JsonDocument::parse(request.http.body);
  if (!document) co_return unprocessable(malformed_json_fault(document.error()));
  FieldReader fields(document->root(), {"body"});
  const auto since = read_since(fields);
  if (!since) co_return unprocessable(fields.faults());
  if (events_stay_)
    co_return problem(
        {ErrorCode::conflict, "this server publishes events to none: it was started without NATS_URL (--nats), or with ENABLE_NATS=false"});
  const auto count = co_await replay_.run(*since);
  if (!count) co_return problem(count.error());
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("events", *count);
  json.end_object();
  co_return json_answer(200, std::move(text));
}

}  // namespace orc
