#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/http/http_message.h"
#include "adapters/http/router.h"
#include "adapters/rest/rest_request.h"

namespace orc {

// Who may call a route. Scopes are those of contract section 10; a login has all that its role allows, a key what it was made with.
enum class Access : std::uint8_t {
  anyone,          // credentials are not looked at
  invited,         // anyone, but credentials that are given must be good
  known,           // any login or key
  read,            // scope read
  submit,          // scope submit
  account,         // a login, or a key of an administrator with scope admin: for one's own account and keys
  admin,           // an administrator with scope admin
  worker,          // scope worker, which no login has
  registry_write,  // as admin; without a token, whoever reaches a registry that listens on loopback (contract section 2)
  scrape,          // scope read, or a peer on loopback
};

enum class BodyForm : std::uint8_t {
  none,  // one that comes is dropped
  json,
  json_or_form,  // or application/x-www-form-urlencoded
  archive,       // a tar, packed or not
  bytes,         // of any type
};

struct BodyWanted {
  BodyForm form = BodyForm::none;
  std::uint64_t bytes_max = 64 * 1024;
  std::string_view advice = {};  // a sentence for whose body is larger
};

using Answerer = std::function<boost::asio::awaitable<HttpResponse>(RestRequest&)>;

struct Route {
  std::string_view method;
  std::string_view pattern;
  Access access;
  BodyWanted body;
  Answerer answer;
};

// RouteTable holds what one listener serves. Filled at start, constant afterwards.
class RouteTable {
 public:
  // `method` and `pattern` must outlive the table.
  void add(Route route) {
    router_.add(route.method, route.pattern);
    routes_.push_back(std::move(route));
  }

  // A route of `owner`, which must outlive the table, answered by one of its members.
  template <typename Owner>
  void add(std::string_view method, std::string_view pattern, Access access, BodyWanted body, Owner& owner,
           boost::asio::awaitable<HttpResponse> (Owner::*member)(RestRequest&)) {
    add({method, pattern, access, body, [&owner, member](RestRequest& request) { return (owner.*member)(request); }});
  }

  std::variant<RouteMatch, HttpResponse> find(std::string_view method, std::string_view path) const { return router_.find(method, path); }
  const Route& at(std::size_t route) const { return routes_[route]; }
  const std::vector<Route>& routes() const { return routes_; }

 private:
  Router router_;
  std::vector<Route> routes_;
};

}  // namespace orc
