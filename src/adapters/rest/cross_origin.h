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
  // Turns the router's refusal of OPTIONS into the answer to that question. A 405 says in Allow which methods the path has. On a path that
  // is not there the wanted method is granted, so that the page may read the 404 that follows. Precondition: is_allowed_preflight(head).
  static HttpResponse preflight_answer(const HttpRequestHead& head, const HttpResponse& refused);
  // Adds what lets the page read the answer, if its origin is allowed.
  void permit(const HttpRequestHead& head, HttpResponse& response) const;

 private:
  bool allows(std::string_view origin) const;

  const std::vector<std::string> origins_;
};

}  // namespace orc
