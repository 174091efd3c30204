#pragma once

#include <cstdint>
#include <string>

#include "adapters/http/http_message.h"
#include "adapters/json/json_writer.h"
#include "adapters/rest/problem.h"

namespace orc {

// 200 {"total": …, "items": […]}; `write` writes one item.
template <typename Items, typename Write>
HttpResponse page_answer(std::int64_t total, const Items& items, const Write& write) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("total", total);
  json.key("items").begin_array();
  for (const auto& item : items) write(json, item);
  json.end_array();
  json.end_object();
  return json_answer(200, std::move(text));
}

}  // namespace orc
