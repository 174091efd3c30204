#include "adapters/docker/multiplexed_stream.h"

#include <algorithm>

namespace orc {

Result<void> MultiplexedStream::add(std::string_view bytes) {
  while (!bytes.empty()) {
    if (left_ > 0) {
      const std::string_view piece = bytes.substr(0, left_);
      take_(stream_, piece);
      left_ -= static_cast<std::uint32_t>(piece.size());
      bytes.remove_prefix(piece.size());
      continue;
    }
    header_[header_bytes_++] = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (header_bytes_ < header_.size()) continue;
    header_bytes_ = 0;
    const bool is_known = (header_[0] == 1 || header_[0] == 2) &&
                          std::ranges::all_of(header_.begin() + 1, header_.begin() + 4, [](unsigned char c) { return c == 0; });
    if (!is_known) return fail(ErrorCode::unavailable, "what Docker sends is not the output of a container");
    stream_ = header_[0] == 1 ? LogStream::out : LogStream::err;
    left_ = std::uint32_t{header_[4]} << 24 | std::uint32_t{header_[5]} << 16 | std::uint32_t{header_[6]} << 8 | header_[7];
  }
  return {};
}

}  // namespace orc
