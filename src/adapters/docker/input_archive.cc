#include "adapters/docker/input_archive.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "domain/assert.h"

namespace orc {
namespace {

constexpr std::size_t block_bytes = 512;
constexpr std::size_t name_bytes_max = 100;

// Where each field of a header stands.
constexpr std::size_t mode_at = 100;
constexpr std::size_t size_at = 124;
constexpr std::size_t time_at = 136;
constexpr std::size_t checksum_at = 148;
constexpr std::size_t type_at = 156;
constexpr std::size_t magic_at = 257;

void put(std::string& header, std::size_t at, std::string_view text) {
  std::ranges::copy(text, header.begin() + static_cast<std::ptrdiff_t>(at));
}

std::string octal(std::size_t number, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%0*zo", digits, number);
  return text.data();
}

}  // namespace

std::string archive_of_file(std::string_view name, std::string_view bytes) {
  ORC_ASSERT(name.size() <= name_bytes_max);
  std::string archive(block_bytes, '\0');
  put(archive, 0, name);
  put(archive, mode_at, "0000444");
  put(archive, mode_at + 8, "0000000");   // owner
  put(archive, mode_at + 16, "0000000");  // group
  put(archive, size_at, octal(bytes.size(), 11));
  put(archive, time_at, octal(0, 11));
  put(archive, type_at, "0");
  put(archive, magic_at, std::string_view("ustar\00000", 8));
  put(archive, checksum_at, "        ");
  const auto sum = std::accumulate(archive.begin(), archive.end(), std::size_t{0},
                                   [](std::size_t total, char c) { return total + static_cast<unsigned char>(c); });
  put(archive, checksum_at, octal(sum, 6) + std::string("\0 ", 2));
  archive += bytes;
  archive.resize((archive.size() + block_bytes - 1) / block_bytes * block_bytes + 2 * block_bytes, '\0');
  return archive;
}

}  // namespace orc
