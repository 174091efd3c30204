#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/job/attempt.h"

namespace orc {

// Some lines of a log, one after the other, as they are stored: compressed, without their numbers.
struct LogChunk {
  std::int64_t line_count = 0;
  std::string bytes;
};

// A chunk is made of at most so many bytes of text, and holds at most so many when compressed, so that it fits into a row and no blob
// store is needed; only a single line that is longer makes a larger one.
inline constexpr std::size_t log_chunk_text_bytes_max = 64 * 1024;
inline constexpr std::size_t log_chunk_bytes_max = 16 * 1024;

// Pure; a megabyte takes some milliseconds.
std::vector<LogChunk> to_chunks(std::span<const LogLine> lines);

// The lines of a chunk whose first line has the number `first`. Precondition: to_chunks() made it.
std::vector<LogLine> lines_of(std::string_view bytes, std::int64_t first);

}  // namespace orc
