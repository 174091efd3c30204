#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/http/http_message.h"

namespace orc {

// The text of a pattern's `{name}` segments in one request's path, decoded.
// Views into the path and the pattern that were matched.
using PathParameters = std::vector<std::pair<std::string_view, std::string_view>>;

// The value of `{name}`. Precondition: the pattern that matched has such a segment.
std::string_view path_parameter(const PathParameters& parameters, std::string_view name);

struct RouteMatch {
  std::size_t route;         // what add() returned
  std::string_view pattern;  // lives as long as the Router
  PathParameters parameters;
};

// Router finds which of its patterns a method and a path mean. It knows no handlers: a route is a number to index them with.
// Filled at start, constant afterwards; then thread-safe.
// A pattern is "/" or segments, each a literal ("jobs", "jobs:batch") or "{name}", which matches any one non-empty segment, or
// "{name}:verb", which matches a segment that ends in ":verb". "/prefix/{rest...}" matches one or more segments.
// Literal before "{name}:verb" before "{name}" before "{rest...}", decided segment by segment from the left.
class Router {
 public:
  // Precondition: the pattern is well formed and this method of it was not added before. Returns 0, 1, 2 …
  std::size_t add(std::string_view method, std::string_view pattern);

  // The route, or a ready answer: 404, or 405 with `Allow`. HEAD is matched as GET when it has no route of its own; OPTIONS is not answered
  // here. `path` is HttpRequestHead::path and must outlive the match.
  [[nodiscard]] std::variant<RouteMatch, HttpResponse> find(std::string_view method, std::string_view path) const;

 private:
  struct Segment {
    enum class Kind { literal, verb, any, rest } kind;
    std::string text;    // the literal, or the name
    std::string suffix;  // ":verb"
  };
  struct Pattern {
    std::string text;
    std::vector<Segment> segments;
    std::vector<std::pair<std::string, std::size_t>> methods;  // with their route numbers
  };

  static std::vector<Segment> segments_of(std::string_view pattern);
  static bool more_specific(const Pattern& a, const Pattern& b);
  static std::optional<PathParameters> match(const Pattern& pattern, const std::vector<std::string_view>& path, std::string_view whole);

  std::vector<std::unique_ptr<Pattern>> patterns_;  // most specific first; constant after the last add()
  std::size_t route_count_ = 0;
};

}  // namespace orc
