#include "adapters/grpc/grpc_server.h"

#include <boost/asio/io_context.hpp>
#include <utility>

#include "adapters/grpc/grpc_server_core.h"

namespace orc {

GrpcServer::GrpcServer(boost::asio::io_context& io, const GrpcLimits& limits, ByteBudget& budget, const MethodTable& methods,
                       GrpcObserver& observer, GrpcSecurity security)
    : core_(std::make_shared<Core>(io, limits, budget, methods, observer, std::move(security))) {}

GrpcServer::~GrpcServer() = default;

Result<HttpEndpoint> GrpcServer::start(const std::string& host, std::uint16_t port, PortUse use) { return core_->start(host, port, use); }

Result<HttpEndpoint> GrpcServer::start(FileDescriptor listening) { return core_->start(std::move(listening)); }

void GrpcServer::request_stop() { core_->request_stop(); }

bool GrpcServer::wait(SteadyTime deadline) { return core_->wait(deadline); }

}  // namespace orc
