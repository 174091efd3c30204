#include "adapters/http/http_server.h"

#include <boost/asio/io_context.hpp>

#include "adapters/http/http_server_core.h"

namespace orc {

HttpServer::HttpServer(boost::asio::io_context& io, const HttpServerLimits& limits, ByteBudget& budget, HttpHandler& handler,
                       HttpObserver& observer)
    : core_(std::make_shared<Core>(io, limits, budget, handler, observer)) {}

HttpServer::~HttpServer() = default;

Result<HttpEndpoint> HttpServer::start(const std::string& host, std::uint16_t port, PortUse use) { return core_->start(host, port, use); }

Result<HttpEndpoint> HttpServer::start(FileDescriptor listening) { return core_->start(std::move(listening)); }

void HttpServer::request_stop() { core_->request_stop(); }

bool HttpServer::wait(SteadyTime deadline) { return core_->wait(deadline); }

}  // namespace orc
