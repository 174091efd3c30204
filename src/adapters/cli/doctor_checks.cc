#include "adapters/cli/doctor_checks.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>
#include <vector>

#include "adapters/system/file_descriptor.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

using enum Finding::Verdict;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t free_mib_wanted = 2048;
constexpr std::uint64_t free_mib_min = 200;
constexpr double sync_ms_slow = 20;
constexpr rlim_t descriptors_wanted = 4096;
constexpr std::int64_t plausible_since = 1'735'689'600;  // 2025: before this program was made

// The folder itself, or the nearest above it that is there.
std::filesystem::path existing(std::filesystem::path folder) {
  std::error_code error;
  folder = std::filesystem::absolute(folder, error);
  while (!std::filesystem::is_directory(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

std::string milliseconds(double ms) {
  const auto tenths = static_cast<std::int64_t>(ms * 10 + 0.5);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

}  // namespace

Finding check_launcher(const std::filesystem::path& launcher) {
  Finding finding{.subject = "launcher", .found = launcher.string()};
  if (launcher.empty() || ::access(launcher.c_str(), X_OK) != 0) {
    finding.verdict = bad;
    finding.found = system_words(launcher.empty() ? "orc-launch" : launcher, launcher.empty() ? ENOENT : errno);
    finding.advice = "put orc-launch beside the orc program; ./dev build makes both";
  }
  return finding;
}

Finding check_space(const std::filesystem::path& data_dir) {
  const auto folder = existing(data_dir);
  struct statvfs space{};
  if (::statvfs(folder.c_str(), &space) != 0)
    return {.verdict = bad, .subject = "disk", .found = system_words(folder, errno), .advice = "name another place with --data-dir"};
  const std::uint64_t free_mib = std::uint64_t{space.f_bavail} * space.f_frsize / mebibyte;
  Finding finding{.subject = "disk", .found = std::to_string(free_mib) + " MiB free at " + folder.string()};
  if (free_mib < free_mib_wanted) {
    finding.verdict = free_mib < free_mib_min ? bad : warn;
    finding.advice = "free some space, or name another disk with --data-dir; submissions are answered 503 when it is full";
  }
  return finding;
}

Finding check_sync(const std::filesystem::path& data_dir) {
  const auto folder = existing(data_dir);
  std::string name = (folder / "orc-doctor-XXXXXX").string();
  const FileDescriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (!file.is_open())
    return {.verdict = bad,
            .subject = "fsync",
            .found = system_words(folder, errno),
            .advice = "make the data directory writable for this user, or name another with --data-dir"};
  ::unlink(name.c_str());
  const std::string page(4096, 'x');
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (::write(file.get(), page.data(), page.size()) < 0 || ::fsync(file.get()) != 0)
      return {.verdict = bad,
              .subject = "fsync",
              .found = system_words(folder, errno),
              .advice = "this disk cannot keep jobs; name another with --data-dir"};
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(times);
  const double median = times[times.size() / 2];
  Finding finding{.subject = "fsync", .found = milliseconds(median) + " for a page at " + folder.string()};
  if (median > sync_ms_slow) {
    finding.verdict = warn;
    finding.advice = "each submission waits for one sync: a faster disk answers faster (many at once share one)";
  }
  return finding;
}

Finding check_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  Finding finding{.subject = "descriptors",
                  .found = std::to_string(limit.rlim_cur) + " open files allowed, up to " + std::to_string(limit.rlim_max)};
  if (limit.rlim_max < descriptors_wanted) {
    finding.verdict = warn;
    finding.advice = "allow at least 4096: LimitNOFILE= in the systemd unit, or ulimit -n";
  }
  return finding;
}

Finding check_clock() {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (now < plausible_since)
    return {
        .verdict = bad, .subject = "clock", .found = "the clock stands before 2025", .advice = "set it; tokens and retention depend on it"};
  timex state{};
  const bool is_synchronised = ::adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
  if (is_synchronised) return {.subject = "clock", .found = "synchronised"};
  return {.verdict = warn,
          .subject = "clock",
          .found = "not synchronised, as the kernel says",
          .advice = "run chrony or systemd-timesyncd; a wrong clock ends tokens early or late"};
}

}  // namespace orc
