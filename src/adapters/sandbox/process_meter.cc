#include "adapters/sandbox/process_meter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "adapters/sandbox/cgroup_files.h"

namespace orc {
namespace {

// Of the fields behind the state: utime, stime, cutime and cstime.
constexpr int first_time = 11, last_time = 14;

std::optional<std::int64_t> ticks_in(const std::string& stat) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return {};  // the process has gone
  const char* at = stat.data() + name_end + 1;
  const char* const end = stat.data() + stat.size();
  std::int64_t ticks = 0;
  for (int field = 1; field <= last_time; ++field) {
    at = std::find(at + 1, end, ' ');
    std::int64_t number = 0;
    if (at == end) return {};
    if (field >= first_time && std::from_chars(at + 1, end, number).ec == std::errc{}) ticks += number;
  }
  return ticks;
}

std::optional<std::int64_t> bytes_behind(const std::string& status, std::string_view key) {
  const std::size_t found = status.find(key);
  const std::size_t number = found == std::string::npos ? found : status.find_first_not_of(" \t", found + key.size());
  if (number == std::string::npos) return {};
  const auto kilobytes = leading_number(std::string_view(status).substr(number));
  return kilobytes ? std::optional(*kilobytes * 1024) : std::nullopt;
}

}  // namespace

ProcessMeter::ProcessMeter(const std::vector<pid_t>& processes) {
  if (processes.size() > processes_max) return;
  for (const pid_t process : processes) {
    const std::string folder = "/proc/" + std::to_string(process);
    counted_.push_back({.stat = open_counter(folder + "/stat"),
                        .status = open_counter(folder + "/status"),
                        .clear_refs = FileDescriptor(open((folder + "/clear_refs").c_str(), O_WRONLY | O_CLOEXEC))});
  }
}

std::optional<std::chrono::milliseconds> ProcessMeter::cpu_time() const {
  static const std::int64_t ticks_per_second = sysconf(_SC_CLK_TCK);
  std::optional<std::int64_t> sum;
  for (const Counted& one : counted_)
    if (const auto ticks = ticks_in(read_counter(one.stat))) sum = sum.value_or(0) + *ticks;
  if (!sum) return {};
  return std::chrono::milliseconds(*sum * 1000 / ticks_per_second);
}

std::optional<std::int64_t> ProcessMeter::peak_bytes() const {
  std::optional<std::int64_t> most;
  if (!peak_is_ours_) return most;
  for (const Counted& one : counted_) most = std::max(most, bytes_behind(read_counter(one.status), "\nVmHWM:"));
  return most;
}

std::optional<std::int64_t> ProcessMeter::held_bytes() const {
  std::optional<std::int64_t> sum;
  for (const Counted& one : counted_)
    if (const auto held = bytes_behind(read_counter(one.status), "\nVmRSS:")) sum = sum.value_or(0) + *held;
  return sum;
}

// "5" sets back the mark of the most that was held.
void ProcessMeter::forget_peak() {
  peak_is_ours_ = !counted_.empty();
  for (const Counted& one : counted_) peak_is_ours_ = pwrite(one.clear_refs.get(), "5", 1, 0) == 1 && peak_is_ours_;
}

}  // namespace orc
