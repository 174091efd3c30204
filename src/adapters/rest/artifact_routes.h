#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"

namespace orc {

// The files that a job's last attempt left. They come from the blob store, so any process that serves the API has them, whatever became of
// the worker.
class ArtifactRoutes {
 public:
  ArtifactRoutes(const RestUseCases& use_cases, const RestPorts& ports)
      : job_access_(use_cases.job_access), jobs_(ports.jobs), blobs_(ports.blobs) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> list(RestRequest& request);
  boost::asio::awaitable<HttpResponse> get(RestRequest& request);

  // Errors: an answer to give.
  boost::asio::awaitable<std::expected<std::vector<Artifact>, HttpResponse>> artifacts_of(RestRequest& request);

  JobAccess& job_access_;
  JobReader& jobs_;
  BlobStore& blobs_;
};

}  // namespace orc
