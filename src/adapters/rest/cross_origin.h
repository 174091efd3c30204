#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/http_message.h"

namespace orc {

// CrossOrigin decides which pages of other origins may read answers in a browser (the Fetch standard's CORS protocol). Never with
// credentials: a bearer token is sent by the page itself. Constant after construction.
class CrossOrigin {
 public:
  // Origins as browsers spell them, "https://app.example.org", or "*" for all.
  explicit CrossOrigin(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  // Whether this is the question that a browser asks before it sends the real request, from an origin that is allowed.
  bool is_allowed_preflight(const HttpRequestHead& head) const;
  // Turns the router's 405 for OPTIONS, whose Allow says which methods the path has, into the answer to that question.
  static HttpResponse preflight_answer(const HttpResponse& method_not_allowed);
  // Adds what lets the page read the answer, if its origin is allowed.
  void permit(const HttpRequestHead& head, HttpResponse& response) const;

 private:
  bool allows(std::string_view origin) const;

  const std::vector<std::string> origins_;
};

}  // namespace orc
