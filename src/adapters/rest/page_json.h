#pragma once

#include <cstdint>
#include <string>

#include "adapters/http/http_message.h"
#include "adapters/json/json_writer.h"
#include "adapters/rest/large_answer.h"
#include "adapters/rest/problem.h"

namespace orc {

template <typename Items, typename Write>
void write_page(JsonWriter& json, std::int64_t total, const Items& items, const Write& write) {
  json.begin_object();
  json.member("total", total);
  json.key("items").begin_array();
  for (const auto& item : items) write(json, item);
  json.end_array();
  json.end_object();
}

// 200 {"total": …, "items": […]}; `write` writes one item.
template <typename Items, typename Write>
HttpResponse page_answer(std::int64_t total, const Items& items, const Write& write) {
  std::string text;
  JsonWriter json(text);
  write_page(json, total, items, write);
  return json_answer(200, std::move(text));
}

// The same for a page that may be long, about `bytes`: it is written, and its items are freed, where that does not hold up others.
template <typename Items, typename Write>
boost::asio::awaitable<HttpResponse> long_page_answer(WorkPool& pool, std::size_t bytes, std::int64_t total, Items items, Write write) {
  auto text = co_await written(pool, bytes, [&](JsonWriter& json) {
    write_page(json, total, items, write);
    items = {};
  });
  co_return text ? json_answer(200, std::move(*text)) : problem(text.error());
}

}  // namespace orc
