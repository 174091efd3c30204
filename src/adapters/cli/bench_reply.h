#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace orc {

// As much of an HTTP/1.1 reply as a load generator needs.
struct BenchReply {
  int status = 0;
  std::size_t size = 0;  // bytes of head and body together
  std::size_t head_size = 0;
};

// The reply that `bytes` starts with; nothing while its head or body is not complete. Bodies have a Content-Length or there is none (204).
std::optional<BenchReply> scan_bench_reply(std::string_view bytes);

}  // namespace orc
