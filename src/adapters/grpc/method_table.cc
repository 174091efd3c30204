#include "adapters/grpc/method_table.h"

#include <utility>

#include "domain/assert.h"

namespace orc {

void MethodTable::add(GrpcMethod method) {
  const std::string path = method.path;
  const bool is_new = methods_.emplace(path, std::move(method)).second;
  ORC_ASSERT(is_new);
}

const GrpcMethod* MethodTable::find(std::string_view path) const {
  const auto place = methods_.find(path);
  return place == methods_.end() ? nullptr : &place->second;
}

bool MethodTable::has_service_of(std::string_view path) const {
  const std::string_view service = path.substr(0, path.rfind('/') + 1);
  const auto place = methods_.lower_bound(service);
  return service.size() > 1 && place != methods_.end() && place->first.starts_with(service);
}

}  // namespace orc
