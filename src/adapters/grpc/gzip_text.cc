#include "adapters/grpc/gzip_text.h"

#include <algorithm>
#include <array>
#include <zlib.h>

#include "domain/assert.h"

namespace orc {
namespace {

constexpr int window_bits = 15;
constexpr int gzip_format = 16;  // added to the window's bits: zlib.h, deflateInit2
constexpr std::size_t step_max = std::size_t{64} * 1024;

// zlib reads through a pointer to what it does not change.
Bytef* input_of(std::string_view text) { return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data())); }

class Inflation {
 public:
  explicit Inflation(std::string_view packed) {
    stream_.next_in = input_of(packed);
    stream_.avail_in = static_cast<uInt>(packed.size());
    ORC_ASSERT(::inflateInit2(&stream_, window_bits + gzip_format) == Z_OK);
  }
  ~Inflation() { ::inflateEnd(&stream_); }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;

  // Appends what fits into one step. Z_OK: there may be more.
  int append_to(std::string& plain) {
    stream_.next_out = step_.data();
    stream_.avail_out = static_cast<uInt>(step_.size());
    const int outcome = ::inflate(&stream_, Z_NO_FLUSH);
    plain.append(reinterpret_cast<const char*>(step_.data()), step_.size() - stream_.avail_out);
    return outcome;
  }
  [[nodiscard]] bool has_read_all() const { return stream_.avail_in == 0; }

 private:
  z_stream stream_{};
  std::array<Bytef, step_max> step_;
};

}  // namespace

std::string gzip(std::string_view plain) {
  z_stream stream{};
  ORC_ASSERT(::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits + gzip_format, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(::deflateBound(&stream, plain.size()), '\0');
  stream.next_in = input_of(plain);
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int outcome = ::deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  ::deflateEnd(&stream);
  ORC_ASSERT(outcome == Z_STREAM_END);
  return packed;
}

Result<std::string> gunzip(std::string_view packed, std::size_t bytes_max) {
  Inflation inflation(packed);
  std::string plain;
  int outcome = Z_OK;
  while (outcome == Z_OK) {
    outcome = inflation.append_to(plain);
    if (plain.size() > bytes_max)
      return fail(ErrorCode::resource_exhausted, "the compressed message unpacks to more than " + std::to_string(bytes_max) + " bytes");
  }
  if (outcome != Z_STREAM_END || !inflation.has_read_all())
    return fail(ErrorCode::invalid_argument, "the compressed message is no single gzip member");
  return plain;
}

}  // namespace orc
