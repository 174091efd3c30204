#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>

#include "adapters/grpc/method_table.h"

namespace orc {

// HealthService answers grpc.health.v1.Health: Check, and Watch, whose callers hear of every change. I/O thread only, but for add_to().
// Anyone may ask, token or not: orchestrators have none, and the answer says no more than whether the port serves.
class HealthService {
 public:
  enum class Serving : std::uint8_t { yes, no };

  explicit HealthService(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  HealthService(const HealthService&) = delete;
  HealthService& operator=(const HealthService&) = delete;

  // `service` is its full name, or empty for the server as a whole. From then on it is known.
  void set(const std::string& service, Serving serving);
  // All that are known.
  void set_all(Serving serving);

  // Outlives the server of `methods`.
  void add_to(MethodTable& methods);

 private:
  using Heard = std::list<std::function<void()>>;

  boost::asio::awaitable<GrpcResult<std::string>> check(std::string message) const;
  boost::asio::awaitable<GrpcStatus> watch(GrpcStream& stream);
  [[nodiscard]] int status_of_known(const std::string& service) const;
  void tell() const;

  boost::asio::any_io_executor executor_;
  std::map<std::string, Serving, std::less<>> services_;
  Heard watchers_;
};

}  // namespace orc
