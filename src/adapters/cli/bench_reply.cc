#include "adapters/cli/bench_reply.h"

#include <charconv>
#include <strings.h>

namespace orc {
namespace {

constexpr std::string_view length_name = "\r\ncontent-length:";

std::size_t content_length(std::string_view head) {
  for (auto at = head.find("\r\n"); at != std::string_view::npos && at + length_name.size() < head.size(); at = head.find("\r\n", at + 2)) {
    if (::strncasecmp(head.data() + at, length_name.data(), length_name.size()) != 0) continue;
    auto first = at + length_name.size();
    while (first < head.size() && head[first] == ' ') ++first;
    std::size_t length = 0;
    std::from_chars(head.data() + first, head.data() + head.size(), length);
    return length;
  }
  return 0;
}

}  // namespace

std::optional<BenchReply> scan_bench_reply(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos || end < 12) return {};
  const std::string_view head = bytes.substr(0, end + 2);
  BenchReply reply{.status = 0, .size = end + 4 + content_length(head), .head_size = end + 4};
  std::from_chars(head.data() + 9, head.data() + 12, reply.status);
  if (bytes.size() < reply.size) return {};
  return reply;
}

}  // namespace orc
