#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "adapters/grpc/grpc_call.h"

namespace orc {

// Who may call a method where a token is set.
enum class GrpcAccess : std::uint8_t {
  anyone,             // even without the token
  token,              // who has it; anyone where none is set
  token_or_loopback,  // who has it, and every program on this host; nobody else where none is set
};

struct GrpcMethod {
  std::string path;  // "/package.Service/Method"
  GrpcAccess access;
  std::variant<UnaryHandler, StreamHandler> handler;

  [[nodiscard]] bool is_unary() const { return std::holds_alternative<UnaryHandler>(handler); }
};

// MethodTable has every method that a server offers. Filled before the server starts, and constant from then on.
class MethodTable {
 public:
  // Precondition: no other method has this path. `handler` must outlive the server.
  void add(GrpcMethod method);

  // Null if there is none.
  [[nodiscard]] const GrpcMethod* find(std::string_view path) const;
  // Whether any method of the service that a path names is here.
  [[nodiscard]] bool has_service_of(std::string_view path) const;

 private:
  std::map<std::string, GrpcMethod, std::less<>> methods_;
};

}  // namespace orc
