#include "adapters/grpc/health_service.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "adapters/grpc/message_bytes.h"
#include "domain/time.h"
#include "generated/grpc/health/v1/health.pb.h"

namespace orc {

namespace asio = boost::asio;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

namespace {

std::string answer_of(int status) {
  HealthCheckResponse response;
  response.set_status(static_cast<HealthCheckResponse::ServingStatus>(status));
  return bytes_of(response);
}

}  // namespace

void HealthService::set(const std::string& service, Serving serving) {
  services_[service] = serving;
  tell();
}

void HealthService::set_all(Serving serving) {
  for (auto& [service, known] : services_) known = serving;
  tell();
}

void HealthService::tell() const {
  for (const auto& heard : watchers_) heard();
}

void HealthService::add_to(MethodTable& methods) {
  methods.add({.path = "/grpc.health.v1.Health/Check",
               .access = GrpcAccess::anyone,
               .handler = UnaryHandler([this](GrpcCall&, std::string message) { return check(std::move(message)); })});
  methods.add({.path = "/grpc.health.v1.Health/Watch", .access = GrpcAccess::anyone, .handler = StreamHandler([this](GrpcStream& stream) {
                                                                                       return watch(stream);
                                                                                     })});
}

int HealthService::status_of_known(const std::string& service) const {
  const auto place = services_.find(service);
  if (place == services_.end()) return HealthCheckResponse::SERVICE_UNKNOWN;
  switch (place->second) {
    case Serving::yes:
      return HealthCheckResponse::SERVING;
    case Serving::no:
      return HealthCheckResponse::NOT_SERVING;
  }
}

asio::awaitable<GrpcResult<std::string>> HealthService::check(std::string message) const {
  auto request = message_from<HealthCheckRequest>(message);
  if (!request) co_return std::unexpected(std::move(request).error());
  const int status = status_of_known(request->service());
  if (status == HealthCheckResponse::SERVICE_UNKNOWN) co_return end_call(GrpcCode::not_found, "no such service is offered here");
  co_return answer_of(status);
}

asio::awaitable<GrpcStatus> HealthService::watch(GrpcStream& stream) {
  const auto message = co_await stream.read();
  if (!message) co_return GrpcStatus{GrpcCode::unimplemented, "the method takes one message, but none came"};
  auto request = message_from<HealthCheckRequest>(*message);
  if (!request) co_return std::move(request).error();

  asio::steady_timer change(executor_);
  const auto heard = watchers_.insert(watchers_.end(), [&change] { change.cancel(); });
  stream.on_over([&change] { change.cancel(); });
  std::optional<int> told;
  while (!stream.is_over()) {
    const int status = status_of_known(request->service());
    if (told != status && !co_await stream.write(answer_of(status))) break;
    told = status;
    if (stream.is_over() || status != status_of_known(request->service())) continue;  // changed while it was written
    change.expires_at(SteadyTime::max());
    boost::system::error_code ignored;  // cancelled by a change
    co_await change.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  stream.on_over(nullptr);
  watchers_.erase(heard);
  co_return GrpcStatus{GrpcCode::cancelled, "nobody watches any more"};
}

}  // namespace orc
