#include "adapters/sql_text/log_chunk.h"

#include <zstd.h>

#include "domain/assert.h"

namespace orc {
namespace {

constexpr int compression_level = 1;  // several times faster than the default, and logs shrink by most of it anyway

// A number in groups of seven bits, lowest first; the high bit says that more follow.
void append_number(std::string& text, std::uint64_t number) {
  while (number >= 0x80) {
    text += static_cast<char>(0x80 | (number & 0x7F));
    number >>= 7;
  }
  text += static_cast<char>(number);
}

std::uint64_t take_number(std::string_view& text) {
  std::uint64_t number = 0;
  for (int shift = 0;; shift += 7) {
    ORC_ASSERT(!text.empty() && shift < 64);
    const auto byte = static_cast<std::uint8_t>(text.front());
    text.remove_prefix(1);
    number |= std::uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return number;
  }
}

std::string compress(std::string_view text) {
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), compression_level);
  ORC_ASSERT(ZSTD_isError(size) == 0);
  bytes.resize(size);
  bytes.shrink_to_fit();
  return bytes;
}

// For each line its time, its stream, its length and its text.
std::string serialise(std::span<const LogLine> lines) {
  std::string text;
  for (const LogLine& line : lines) {
    append_number(text, static_cast<std::uint64_t>(to_ms(line.t)));
    text += static_cast<char>(line.stream);
    append_number(text, line.text.size());
    text += line.text;
  }
  return text;
}

// In halves, if it does not shrink enough.
void append_chunks(std::span<const LogLine> lines, std::vector<LogChunk>& chunks) {
  std::string bytes = compress(serialise(lines));
  if (bytes.size() <= log_chunk_bytes_max || lines.size() == 1) {
    chunks.push_back({.line_count = static_cast<std::int64_t>(lines.size()), .bytes = std::move(bytes)});
    return;
  }
  append_chunks(lines.first(lines.size() / 2), chunks);
  append_chunks(lines.subspan(lines.size() / 2), chunks);
}

}  // namespace

std::vector<LogChunk> to_chunks(std::span<const LogLine> lines) {
  std::vector<LogChunk> chunks;
  std::size_t start = 0;
  std::size_t text_bytes = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > start && text_bytes + lines[i].text.size() > log_chunk_text_bytes_max) {
      append_chunks(lines.subspan(start, i - start), chunks);
      start = i;
      text_bytes = 0;
    }
    text_bytes += lines[i].text.size() + 8;  // and about so much around it
  }
  if (start < lines.size()) append_chunks(lines.subspan(start), chunks);
  return chunks;
}

std::vector<LogLine> lines_of(std::string_view bytes, std::int64_t first) {
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  ORC_ASSERT(size != ZSTD_CONTENTSIZE_UNKNOWN && size != ZSTD_CONTENTSIZE_ERROR);
  std::string text(size, '\0');
  ORC_ASSERT(ZSTD_decompress(text.data(), text.size(), bytes.data(), bytes.size()) == size);
  std::vector<LogLine> lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    LogLine line{.n = first++, .t = timestamp_from_ms(static_cast<std::int64_t>(take_number(rest)))};
    line.stream = static_cast<LogStream>(take_number(rest));
    const auto length = take_number(rest);
    ORC_ASSERT(length <= rest.size());
    line.text = rest.substr(0, length);
    rest.remove_prefix(length);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace orc
