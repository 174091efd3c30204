#include "adapters/grpc/message_reader.h"

#include <algorithm>
#include <utility>

#include "adapters/grpc/gzip_text.h"

namespace orc {
namespace {

constexpr std::size_t head_length = 5;

}  // namespace

GrpcResult<void> MessageReader::read(std::string_view bytes, std::deque<std::string>& messages) {
  while (!bytes.empty() || (head_size_ == head_length && length_ == 0)) {
    if (head_size_ < head_length) {
      head_[head_size_++] = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      if (head_size_ < head_length) continue;
      if (auto begun = begin_message(); !begun) return begun;
    }
    const std::size_t part = std::min(length_ - message_.size(), bytes.size());
    message_.append(bytes.substr(0, part));
    bytes.remove_prefix(part);
    if (message_.size() < length_) continue;
    auto finished = finish_message();
    if (!finished) return std::unexpected(std::move(finished).error());
    messages.push_back(std::move(*finished));
  }
  return {};
}

GrpcResult<void> MessageReader::begin_message() {
  if (head_[0] > 1)
    return end_call(GrpcCode::internal, "a message begins with the flag " + std::to_string(head_[0]) + ", which means nothing");
  if (head_[0] == 1 && encoding_ == GrpcEncoding::identity)
    return end_call(GrpcCode::internal, "a message says that it is compressed, but the call names no grpc-encoding");
  length_ = (std::size_t{head_[1]} << 24) | (std::size_t{head_[2]} << 16) | (std::size_t{head_[3]} << 8) | head_[4];
  if (length_ > message_max_)
    return end_call(GrpcCode::resource_exhausted,
                    "a message of " + std::to_string(length_) + " bytes is larger than " + std::to_string(message_max_));
  return {};
}

GrpcResult<std::string> MessageReader::finish_message() {
  head_size_ = 0;
  length_ = 0;
  std::string message = std::exchange(message_, {});
  if (head_[0] == 0) return message;
  auto plain = gunzip(message, message_max_);
  if (plain) return std::move(*plain);
  const bool too_large = plain.error().code == ErrorCode::resource_exhausted;
  return end_call(too_large ? GrpcCode::resource_exhausted : GrpcCode::internal, std::move(plain).error().message);
}

void append_message(std::string& out, std::string_view message, GrpcEncoding encoding) {
  const bool packs = encoding == GrpcEncoding::gzip;
  const std::string packed = packs ? gzip(message) : std::string{};
  if (packs) message = packed;
  out.reserve(out.size() + head_length + message.size());
  out.push_back(packs ? '\1' : '\0');
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(message.size() >> shift));
  out.append(message);
}

}  // namespace orc
