#include "adapters/system/host_capacity.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace orc {
namespace {

constexpr std::int64_t bytes_per_mb = 1 << 20;
constexpr std::int64_t margin_min_mb = 256;
constexpr std::int64_t one_default_run_mb = 512;

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  return number;
}

std::string first_line_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// Holds what a control group says against what is known so far.
void narrow(HostCapacity& capacity, const std::filesystem::path& group) {
  const auto memory = [&](const char* name) {
    const auto bytes = number_in(first_line_of(group / name));
    if (bytes && capacity.memory_mb > 0) capacity.memory_mb = std::min(capacity.memory_mb, *bytes / bytes_per_mb);
  };
  const auto cpus = [&](std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
    if (quota && *quota > 0 && period && *period > 0)
      capacity.cpus = std::min(capacity.cpus, static_cast<double>(*quota) / static_cast<double>(*period));
  };
  memory("memory.max");
  memory("memory.limit_in_bytes");
  const std::string both = first_line_of(group / "cpu.max");
  if (const auto space = both.find(' '); space != std::string::npos)
    cpus(number_in(both), number_in(std::string_view(both).substr(space + 1)));
  cpus(number_in(first_line_of(group / "cpu.cfs_quota_us")), number_in(first_line_of(group / "cpu.cfs_period_us")));
}

// From the group up to the root of its hierarchy.
void narrow_all(HostCapacity& capacity, const std::filesystem::path& root, const std::filesystem::path& group) {
  narrow(capacity, root);
  std::filesystem::path here = root;
  for (const auto& part : group.relative_path()) narrow(capacity, here /= part);
}

std::int64_t total_memory_mb(const std::filesystem::path& proc) {
  std::ifstream in(proc / "meminfo");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    std::int64_t kib = 0;
    if (words >> name >> kib && name == "MemTotal:") return kib / 1024;
  }
  return 0;
}

}  // namespace

HostCapacity host_capacity(const HostFiles& files, unsigned cores) {
  const std::int64_t total_mb = total_memory_mb(files.proc);
  HostCapacity capacity{.cpus = static_cast<double>(std::max(1U, cores)),
                        .memory_mb = total_mb,
                        .host = first_line_of(files.proc / "sys/kernel/random/boot_id"),
                        .host_memory_mb = total_mb};
  std::ifstream groups(files.proc / "self" / "cgroup");
  for (std::string line; std::getline(groups, line);) {  // number:controllers:path; no controllers: v2
    const auto first = line.find(':');
    const auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    narrow_all(capacity, files.cgroup / controllers, line.substr(second + 1));
  }
  return capacity;
}

std::int64_t memory_for_runs(std::int64_t memory_mb) {
  return std::max(memory_mb - std::max(memory_mb / 10, margin_min_mb), one_default_run_mb);
}

}  // namespace orc
