#include "adapters/rest/authentication.h"

#include <algorithm>

#include "adapters/rest/problem.h"

namespace orc {
namespace {

constexpr std::string_view not_authenticated = "Not authenticated";
constexpr std::string_view not_valid = "Could not validate credentials";

enum class Needed : std::uint8_t { nothing, read, submit, account, admin, worker };

Needed needed_for(Access access) {
  switch (access) {
    case Access::anyone:
    case Access::invited:
    case Access::known:
      return Needed::nothing;
    case Access::read:
    case Access::scrape:
      return Needed::read;
    case Access::submit:
      return Needed::submit;
    case Access::account:
      return Needed::account;
    case Access::worker:
      return Needed::worker;
    case Access::admin:
    case Access::registry_write:
      return Needed::admin;
  }
  return Needed::admin;
}

bool has(const Actor& actor, Needed needed) {
  switch (needed) {
    case Needed::nothing:
      return true;
    case Needed::read:
      return actor.principal.has(Scope::read);
    case Needed::submit:
      return actor.principal.has(Scope::submit);
    case Needed::account:
      return actor.principal.has(Scope::admin);
    case Needed::admin:
      return actor.is_admin();
    case Needed::worker:
      return actor.principal.has(Scope::worker);
  }
  return false;
}

bool is_loopback_address(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

// A proxy on this host speaks for somebody elsewhere, and says so if it is set up to (RFC 7239; RFC 9110 section 7.6.3; the fields before
// them).
bool came_through_a_proxy(const HttpRequestHead& head) {
  constexpr std::string_view said_by_proxies[] = {"forwarded",         "via",      "x-forwarded-for", "x-forwarded-host",
                                                  "x-forwarded-proto", "x-real-ip"};
  return std::ranges::any_of(said_by_proxies, [&](std::string_view name) { return head.headers.find(name).has_value(); });
}

bool is_sent_by_this_host(const HttpRequestHead& head) { return is_loopback_address(head.peer_address) && !came_through_a_proxy(head); }

Actor nobody(const HttpRequestHead& head) {
  return {.kind = Actor::Kind::anonymous, .principal = {}, .from = head.peer_address, .is_elsewhere = !is_sent_by_this_host(head)};
}

}  // namespace

std::string_view host_name_of(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.rfind(':'));
}

bool is_loopback_name(std::string_view host_name) { return host_name == "localhost" || host_name == "127.0.0.1" || host_name == "[::1]"; }

boost::asio::awaitable<std::expected<Actor, HttpResponse>> Authentication::identify(const HttpRequestHead& head) {
  const auto field = head.headers.find("authorization");
  if (!field) co_return nobody(head);
  if (head.headers.count("authorization") > 1) co_return std::unexpected(problem(401, not_valid));
  constexpr std::string_view scheme = "bearer";
  const std::string_view given = field->substr(0, field->find(' '));
  if (!same_ignoring_case(given, scheme)) co_return std::unexpected(problem(401, not_authenticated));
  if (given.size() == field->size()) co_return std::unexpected(problem(401, not_valid));
  auto principal = co_await authenticate_.run(field->substr(scheme.size() + 1), use_);
  if (!principal) co_return std::unexpected(problem(principal.error()));
  co_return Actor{.kind = Actor::Kind::account, .principal = std::move(*principal), .from = head.peer_address};
}

// A page of another site can make a browser on this host send requests here, and by DNS rebinding even read the answers. Such requests
// carry its name as Host or Origin.
std::optional<std::string_view> Authentication::why_nobody_here(const HttpRequestHead& head) const {
  if (registry_writing_ == AnonymousWriting::refused) return "writing here needs one";
  if (!is_loopback_address(head.peer_address)) return "only this host itself may write without one";
  if (came_through_a_proxy(head)) return "who comes through a proxy may not write without one";
  const std::string_view host = head.headers.value_of("host");
  if (!is_loopback_name(host_name_of(host))) return "who writes without one asks for localhost, 127.0.0.1 or [::1], not for another name";
  if (const auto origin = head.headers.find("origin"); origin && *origin != "http://" + std::string(host))
    return "a page of another site may not write without one";
  return std::nullopt;
}

// Runs with this host's network, and all at level none, come from this host too. A worker that is dead is off the list as soon as anybody
// knows.
boost::asio::awaitable<std::expected<void, HttpResponse>> Authentication::admit_local_operator(const HttpRequestHead& head) {
  if (const auto why = why_nobody_here(head))
    co_return std::unexpected(
        problem(401, std::string(not_authenticated) + ": send an administrator's login or API key; " + std::string(*why)));
  std::string giving = "this server's own worker";
  if (registry_writing_ != AnonymousWriting::refused_beside_runs) {
    const auto workers = co_await workers_.list();
    if (!workers) co_return std::unexpected(problem(workers.error()));
    const auto found = std::ranges::find_if(
        *workers, [](const Worker& one) { return one.equipment.network == NetworkAccess::host || one.isolation == Isolation::none; });
    if (found == workers->end()) co_return std::expected<void, HttpResponse>();
    giving = "worker " + found->name;
  }
  co_return std::unexpected(problem(401, std::string(not_authenticated) + ": " + giving +
                                             " gives its runs the network of its host, so until it is stopped, writing here needs an " +
                                             "administrator's login or API key"));
}

boost::asio::awaitable<std::expected<Actor, HttpResponse>> Authentication::admit(Access access, const HttpRequestHead& head) {
  if (access == Access::anyone) co_return nobody(head);
  if (access == Access::scrape && is_sent_by_this_host(head)) co_return nobody(head);
  auto actor = co_await identify(head);
  if (!actor) co_return actor;
  if (actor->kind == Actor::Kind::anonymous) {
    if (access == Access::invited) co_return actor;
    if (access != Access::registry_write) co_return std::unexpected(problem(401, not_authenticated));
    if (auto admitted = co_await admit_local_operator(head); !admitted) co_return std::unexpected(std::move(admitted).error());
    actor->kind = Actor::Kind::local_operator;
  }
  if (!has(*actor, needed_for(access))) co_return std::unexpected(problem(403, "Insufficient permissions"));
  co_return actor;
}

}  // namespace orc
