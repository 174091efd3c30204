#include "adapters/http/router.h"

#include <algorithm>
#include <memory>

#include "domain/assert.h"

namespace orc {

namespace {

// "/a//b" gives "a", "", "b"; "/" gives "".
std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the '/'
    const std::size_t size = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, size));
    path.remove_prefix(size);
  }
  return segments;
}

std::string list_of_methods(const std::vector<std::pair<std::string, std::size_t>>& methods) {
  std::vector<std::string_view> names;
  for (const auto& [name, route] : methods) names.push_back(name);
  const auto has = [&names](std::string_view name) { return std::ranges::find(names, name) != names.end(); };
  if (has("GET") && !has("HEAD")) names.push_back("HEAD");
  std::ranges::sort(names);
  std::string list;
  for (const std::string_view name : names) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

}  // namespace

std::string_view path_parameter(const PathParameters& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &PathParameters::value_type::first);
  ORC_ASSERT(found != parameters.end());
  return found->second;
}

std::vector<Router::Segment> Router::segments_of(std::string_view pattern) {
  ORC_ASSERT(pattern.starts_with('/'));
  std::vector<Segment> segments;
  for (const std::string_view text : split_path(pattern)) {
    ORC_ASSERT(segments.empty() || segments.back().kind != Segment::Kind::rest);
    if (!text.starts_with('{')) {
      segments.push_back({Segment::Kind::literal, std::string{text}, ""});
      continue;
    }
    const std::size_t end = text.find('}');
    ORC_ASSERT(end != std::string_view::npos && end > 1);
    std::string name{text.substr(1, end - 1)};
    const std::string suffix{text.substr(end + 1)};
    if (name.ends_with("...")) {
      ORC_ASSERT(suffix.empty());
      name.resize(name.size() - 3);
      segments.push_back({Segment::Kind::rest, std::move(name), ""});
    } else {
      ORC_ASSERT(suffix.empty() || suffix.starts_with(':'));
      segments.push_back({suffix.empty() ? Segment::Kind::any : Segment::Kind::verb, std::move(name), suffix});
    }
  }
  return segments;
}

std::size_t Router::add(std::string_view method, std::string_view pattern) {
  auto found = std::ranges::find_if(patterns_, [pattern](const auto& known) { return known->text == pattern; });
  if (found == patterns_.end()) {
    auto added = std::make_unique<Pattern>(Pattern{std::string{pattern}, segments_of(pattern), {}});
    const auto place = std::ranges::find_if(patterns_, [&added](const auto& known) { return more_specific(*added, *known); });
    found = patterns_.insert(place, std::move(added));
  }
  auto& methods = (*found)->methods;
  ORC_ASSERT(std::ranges::find(methods, method, &std::pair<std::string, std::size_t>::first) == methods.end());
  methods.emplace_back(method, route_count_);
  return route_count_++;
}

bool Router::more_specific(const Pattern& a, const Pattern& b) {
  return std::ranges::lexicographical_compare(a.segments, b.segments, {}, &Segment::kind, &Segment::kind);
}

std::optional<PathParameters> Router::match(const Pattern& pattern, const std::vector<std::string_view>& path, std::string_view whole) {
  const std::vector<Segment>& segments = pattern.segments;
  const bool open_ended = segments.back().kind == Segment::Kind::rest;
  if (open_ended ? path.size() < segments.size() : path.size() != segments.size()) return std::nullopt;
  PathParameters parameters;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Segment& wanted = segments[i];
    const std::string_view text = path[i];
    switch (wanted.kind) {
      case Segment::Kind::literal:
        if (text != wanted.text) return std::nullopt;
        break;
      case Segment::Kind::verb:
        if (!text.ends_with(wanted.suffix) || text.size() == wanted.suffix.size()) return std::nullopt;
        parameters.emplace_back(wanted.text, text.substr(0, text.size() - wanted.suffix.size()));
        break;
      case Segment::Kind::any:
        if (text.empty()) return std::nullopt;
        parameters.emplace_back(wanted.text, text);
        break;
      case Segment::Kind::rest:
        if (std::find(path.begin() + static_cast<std::ptrdiff_t>(i), path.end(), std::string_view{}) != path.end()) return std::nullopt;
        parameters.emplace_back(wanted.text, whole.substr(static_cast<std::size_t>(text.data() - whole.data())));
        break;
    }
  }
  return parameters;
}

std::variant<RouteMatch, HttpResponse> Router::find(std::string_view method, std::string_view path) const {
  const std::vector<std::string_view> segments = path.starts_with('/') ? split_path(path) : std::vector<std::string_view>{};
  for (const auto& pattern : patterns_) {
    auto parameters = match(*pattern, segments, path);
    if (!parameters) continue;
    // The most specific pattern decides what this path is; a looser one must not lend it a method by accident.
    const auto& methods = pattern->methods;
    const auto route_of = [&methods](std::string_view wanted) {
      return std::ranges::find(methods, wanted, &std::pair<std::string, std::size_t>::first);
    };
    auto route = route_of(method);
    if (route == methods.end() && method == "HEAD") route = route_of("GET");
    if (route != methods.end()) return RouteMatch{route->second, pattern->text, std::move(*parameters)};
    HttpResponse response = http_problem(405, "This path does not take the method " + std::string{method} + ".");
    response.headers.push_back({"Allow", list_of_methods(methods)});
    response.route = pattern->text;
    return response;
  }
  return http_problem(404, "There is nothing at this path.");
}

}  // namespace orc
