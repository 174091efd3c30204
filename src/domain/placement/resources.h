#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace orc {

inline constexpr std::int64_t placement_memory_mb_max = 16'777'216;  // 16 TiB
inline constexpr double placement_cpus_max = 4096;
inline constexpr std::int64_t placement_gpus_max = 1024;
inline constexpr std::int64_t placement_custom_amount_max = 1'000'000'000;
// Of custom resources, and of labels, that one plugin asks for or one worker offers.
inline constexpr std::size_t placement_names_max = 8;
inline constexpr std::size_t placement_name_length_max = 63;

// Amounts of what runs share on a worker. Custom ones are counted by their names: "licence", "dsp".
struct Resources {
  double cpus = 0;
  std::int64_t memory_mb = 0;
  std::int64_t gpus = 0;
  std::map<std::string, std::int64_t> custom;
  bool operator==(const Resources&) const = default;
};

// Adds `times` as much as `more`.
void add(Resources& to, const Resources& more, std::int64_t times = 1);

// The name of a custom resource or of a label, and a label's value: 1 to 63 letters, digits and . _ - /, a letter or a digit first.
bool is_placement_name(std::string_view text);

}  // namespace orc
