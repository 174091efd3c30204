#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace orc::launch {

// What is sent of an output folder: one byte `collection_begins` once nothing of the plugin lives any more, then for each file a header,
// its name and its bytes, and at last a header with `no_name` as its name_bytes and the number of entries that were left out as its bytes,
// and after it 8 bytes: the most memory that one of the plugin's processes held. From outside that cannot be seen, as the kernel also
// counts what the process held that started us. Numbers are in the byte order of this host; adapters/sandbox/collected_files.h reads it.
inline constexpr char collection_begins = 'b';
struct CollectedHeader {
  std::uint64_t bytes;
  std::uint64_t name_bytes;
};
inline constexpr std::uint64_t no_name = ~std::uint64_t{0};

inline constexpr std::size_t collected_files_max = 100;
inline constexpr std::uint64_t collected_file_bytes_max = std::uint64_t{64} << 20;
inline constexpr std::uint64_t collected_bytes_max = std::uint64_t{256} << 20;

// The folder to collect from; -1: it cannot be opened. Not through a link.
int open_collected(const std::string& folder);

// Sends the regular files that stand directly in `folder`, which is open, in the order of their names. No link is followed and nothing else
// is opened; what is no regular file, cannot be read or is beyond a limit is left out and counted. Ends early if nobody reads.
// Precondition: the processes that could write there have ended.
void collect(int folder, int to);

}  // namespace orc::launch
