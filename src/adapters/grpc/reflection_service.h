#pragma once

#include <string>
#include <vector>

#include "adapters/grpc/method_table.h"

namespace orc {

// ReflectionService answers grpc.reflection.v1 and v1alpha (which differ in their package only): which services there are, and the
// descriptors of their messages. Programs on this host may ask, and who has the token. Constant after construction.
class ReflectionService {
 public:
  // `services`: full names, of files that are compiled in.
  explicit ReflectionService(std::vector<std::string> services);

  // Outlives the server of `methods`.
  void add_to(MethodTable& methods) const;

 private:
  boost::asio::awaitable<GrpcStatus> converse(GrpcStream& stream) const;

  std::vector<std::string> services_;
};

}  // namespace orc
