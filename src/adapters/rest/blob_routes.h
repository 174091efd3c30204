#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"

namespace orc {

// Files that inputs refer to.
class BlobRoutes {
 public:
  explicit BlobRoutes(const RestUseCases& use_cases) : upload_blob_(use_cases.upload_blob) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> put(RestRequest& request);

  UploadBlob& upload_blob_;
};

}  // namespace orc
