#include "adapters/system/system_random.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <sys/random.h>
#include <vector>

#include "domain/assert.h"

namespace orc {

void fill_random(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
    ORC_ASSERT(got > 0 || errno == EINTR);
    if (got > 0) bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

double SystemRandom::dice() {
  std::array<unsigned char, 8> bytes;
  fill_random(bytes);
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return static_cast<double>(number >> 11) * 0x1p-53;  // the 53 bits that a double holds
}

std::string SystemRandom::token(std::size_t bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::vector<unsigned char> random(bytes);
  fill_random(random);
  std::string text;
  text.reserve(2 * bytes);
  for (const unsigned byte : random) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace orc
