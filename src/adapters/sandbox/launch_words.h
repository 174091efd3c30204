#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace orc {

inline constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

// A command line in the making.
class LaunchWords {
 public:
  void add(std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) list.emplace_back(word);
  }
  void limit(std::string_view name, std::int64_t value) { add({"--limit", name, std::to_string(value)}); }

  // What bounds a process at every level.
  void add_plain_limits(std::int64_t scratch_mb) {
    limit("core", 0);
    limit("stack", 8 * mebibyte);
    limit("nofile", 1024);
    limit("fsize", std::max<std::int64_t>(scratch_mb, 1) * mebibyte);
  }

  std::vector<std::string> list;
};

}  // namespace orc
