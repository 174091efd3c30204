#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/http_message.h"
#include "adapters/rest/route_table.h"
#include "application/actor.h"
#include "application/user/authenticate.h"
#include "ports/worker_store.h"

namespace orc {

enum class AnonymousWriting : std::uint8_t {
  refused,
  refused_beside_runs,  // it would be allowed, but for this server's own worker, whose runs reach what listens on loopback
  allowed,              // while no worker elsewhere gives its runs that
};

// Authentication turns the credentials of a request into an Actor that the route admits.
class Authentication {
 public:
  // `use`: which tokens are good here besides those that are good everywhere. `registry_writing` is `allowed` only for a listener on
  // loopback.
  Authentication(Authenticate& authenticate, WorkerStore& workers, TokenUse use, AnonymousWriting registry_writing)
      : authenticate_(authenticate), workers_(workers), use_(use), registry_writing_(registry_writing) {}

  // The error is the answer to give: 401 "Not authenticated" without a bearer token, for a registry with why one is needed here; 401 "Could
  // not validate credentials" with a bad one, 403 "Insufficient permissions", 503.
  boost::asio::awaitable<std::expected<Actor, HttpResponse>> admit(Access access, const HttpRequestHead& head);

 private:
  // Nobody without a token. The awaited error is the answer to give.
  boost::asio::awaitable<std::expected<Actor, HttpResponse>> identify(const HttpRequestHead& head);
  // Why a login is needed, in words; nothing for somebody of this host.
  std::optional<std::string_view> why_nobody_here(const HttpRequestHead& head) const;
  // The awaited error is the answer to give.
  boost::asio::awaitable<std::expected<void, HttpResponse>> admit_local_operator(const HttpRequestHead& head);

  Authenticate& authenticate_;
  WorkerStore& workers_;
  const TokenUse use_;
  const AnonymousWriting registry_writing_;
};

// The host of a Host field without its port; brackets of an IPv6 address stay.
std::string_view host_name_of(std::string_view host);
bool is_loopback_name(std::string_view host_name);

}  // namespace orc
