#pragma once

#include <functional>
#include <optional>

#include "tests/simulation/network.h"
#include "tests/simulation/reply.h"
#include "tests/simulation/simulated_server.h"

namespace orc::simulation {

// The servers as the rest of the world finds them: by number; one may be down.
struct Servers {
  virtual ~Servers() = default;
  virtual std::size_t count() const = 0;
  virtual SimulatedServer* at(std::size_t index) = 0;  // null: down
  virtual const Network::Host& host(std::size_t index) const = 0;
};

// ServerLink asks servers over the network, for one process elsewhere. It stays with one server until that fails, then it tries the next.
class ServerLink {
 public:
  struct Ports {
    SimulatedTime& time;
    Network& network;
    Servers& servers;
    SimulatedProcess& process;
    const Network::Host& host;
  };
  ServerLink(Ports ports, std::size_t first) : ports_(ports), server_(first % ports.servers.count()) {}

  // Errors: those of `act`; unavailable, if no answer came within `timeout`.
  template <typename T>
  Async<T> ask(std::function<Async<T>(SimulatedServer&)> act, Span timeout) {
    const std::size_t asked = server_;
    const auto reply = std::make_shared<Reply<Result<T>>>(ports_.process);
    const auto answer = [reply, &network = ports_.network, from = ports_.servers.host(asked), to = ports_.host](Result<T> result) {
      network.carry_answer(from, to, [reply, result] { reply->come(result); });
    };
    ports_.network.carry_request(ports_.host, ports_.servers.host(asked), [&servers = ports_.servers, asked, act = std::move(act), answer] {
      SimulatedServer* const server = servers.at(asked);
      if (!server || !server->serve<T>(act, answer)) answer(fail(ErrorCode::unavailable, "nobody listens there"));
    });
    auto result = co_await reply->wait(ports_.process.steady_now() + timeout);
    if (!result) result = fail(ErrorCode::unavailable, "no answer came");
    if (!*result && result->error().code == ErrorCode::unavailable) server_ = (asked + 1) % ports_.servers.count();
    co_return std::move(*result);
  }

 private:
  const Ports ports_;
  std::size_t server_;
};

}  // namespace orc::simulation
