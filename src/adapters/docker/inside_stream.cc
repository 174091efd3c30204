#include "adapters/docker/inside_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace orc {
namespace {

// As launch/inside.h has them; that program is built without us.
struct FrameHeader {
  std::uint32_t kind;
  std::uint32_t bytes;
};
struct RunEndFrame {
  std::int64_t exit_code;
  std::int64_t cpu_ms;
  std::int64_t peak_bytes;
  std::int64_t ran_out_of_memory;
};
constexpr std::uint32_t frame_of_output = 'o';
constexpr std::uint32_t frame_of_progress = 'p';
constexpr std::uint32_t frame_of_end = 'e';
constexpr std::uint32_t frame_of_collection = 'c';
constexpr std::uint32_t frame_bytes_max = 64 * 1024;

std::unexpected<Error> no_frame() { return fail(ErrorCode::unavailable, "what Docker sends is not what orc-launch writes in a container"); }

}  // namespace

Result<void> InsideStream::add(std::string_view bytes, SteadyTime now) {
  while (!bytes.empty()) {
    if (collecting_) {
      if (auto file = collected_.take(bytes)) files_.push_back(std::move(*file));
      continue;
    }
    if (left_ > 0) {
      const std::string_view piece = bytes.substr(0, left_);
      if (auto taken = take(piece, now); !taken) return taken;
      left_ -= static_cast<std::uint32_t>(piece.size());
      bytes.remove_prefix(piece.size());
      continue;
    }
    const std::string_view piece = bytes.substr(0, sizeof(FrameHeader) - header_.size());
    header_ += piece;
    bytes.remove_prefix(piece.size());
    if (header_.size() < sizeof(FrameHeader)) continue;
    if (auto read = read_header(); !read) return read;
  }
  return {};
}

Result<void> InsideStream::read_header() {
  FrameHeader header{};
  std::memcpy(&header, header_.data(), sizeof header);
  header_.clear();
  kind_ = header.kind;
  left_ = header.bytes;
  switch (kind_) {
    case frame_of_output:
    case frame_of_progress:
      return left_ <= frame_bytes_max && !end_ ? Result<void>{} : no_frame();
    case frame_of_end:
      return left_ == sizeof(RunEndFrame) && !end_ ? Result<void>{} : no_frame();
    case frame_of_collection:
      collecting_ = true;
      return left_ == 0 && end_ ? Result<void>{} : no_frame();
  }
  return no_frame();
}

Result<void> InsideStream::take(std::string_view bytes, SteadyTime now) {
  if (kind_ == frame_of_output) take_output_(bytes);
  if (kind_ == frame_of_progress) {
    brought_progress_ = true;
    progress_.add(bytes, now);
  }
  if (kind_ != frame_of_end) return {};
  end_bytes_ += bytes;
  return end_bytes_.size() < sizeof(RunEndFrame) ? Result<void>{} : read_end();
}

Result<void> InsideStream::read_end() {
  RunEndFrame said{};
  std::memcpy(&said, end_bytes_.data(), sizeof said);
  if (said.exit_code < 0 || said.exit_code > 255 || said.cpu_ms < 0 || said.peak_bytes < 0) return no_frame();
  end_ = InsideEnd{.exit_code = static_cast<int>(said.exit_code),
                   .cpu = std::chrono::milliseconds(said.cpu_ms),
                   .peak_bytes = said.peak_bytes,
                   .ran_out_of_memory = said.ran_out_of_memory != 0};
  return {};
}

void InsideStream::finish() { progress_.end(); }

std::optional<CollectedFiles::File> InsideStream::next_file() {
  if (files_.empty()) return {};
  CollectedFiles::File file = std::move(files_.front());
  files_.pop_front();
  return file;
}

}  // namespace orc
