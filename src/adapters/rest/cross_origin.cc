#include "adapters/rest/cross_origin.h"

#include <algorithm>

#include "adapters/rest/problem.h"

namespace orc {

bool CrossOrigin::allows(std::string_view origin) const {
  return std::ranges::any_of(origins_, [origin](const std::string& allowed) { return allowed == "*" || allowed == origin; });
}

bool CrossOrigin::is_allowed_preflight(const HttpRequestHead& head) const {
  if (head.method != "OPTIONS" || !head.headers.find("access-control-request-method")) return false;
  const auto origin = head.headers.find("origin");
  return origin && allows(*origin);
}

HttpResponse CrossOrigin::preflight_answer(const HttpRequestHead& head, const HttpResponse& refused) {
  HttpResponse response = no_content();
  const auto allow = std::ranges::find(refused.headers, "Allow", &HttpField::name);
  const std::string methods(allow == refused.headers.end() ? head.headers.value_of("access-control-request-method") : allow->value);
  response.headers.push_back({"Access-Control-Allow-Methods", methods});
  response.headers.push_back({"Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key"});
  response.headers.push_back({"Access-Control-Max-Age", "600"});
  return response;
}

void CrossOrigin::permit(const HttpRequestHead& head, HttpResponse& response) const {
  if (origins_.empty()) return;
  const bool all = std::ranges::find(origins_, "*") != origins_.end();
  if (!all) response.headers.push_back({"Vary", "Origin"});
  const auto origin = head.headers.find("origin");
  if (!origin || !allows(*origin)) return;
  response.headers.push_back({"Access-Control-Allow-Origin", all ? "*" : std::string(*origin)});
  response.headers.push_back({"Access-Control-Expose-Headers", "Retry-After, X-Request-Id, X-Total-Count"});
}

}  // namespace orc
