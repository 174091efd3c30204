#include "adapters/cli/folder_watch.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "adapters/cli/folder_state.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr std::uint32_t saved = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_CREATE;
constexpr std::chrono::seconds restless_max{2};

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

std::unexpected<Error> refused(const std::string& what) {
  const auto code = errno == ENOSPC || errno == EMFILE ? ErrorCode::resource_exhausted : ErrorCode::unavailable;
  return fail(code, what + ": " + std::strerror(errno));
}

}  // namespace

Result<FolderWatch> FolderWatch::start(const fs::path& folder) {
  std::error_code problem;
  if (!fs::is_directory(folder, problem)) return fail(ErrorCode::not_found, folder.string() + " is no folder");
  const sigset_t signals = ending_signals();
  // A shell starts what it puts in the background with SIGINT ignored, and what is ignored ends nobody once it is let in.
  for (const int number : {SIGINT, SIGTERM}) std::signal(number, SIG_DFL);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  FolderWatch watch{FileDescriptor(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)), FileDescriptor(signalfd(-1, &signals, SFD_CLOEXEC))};
  if (!watch.events_.is_open() || !watch.signals_.is_open()) return refused("cannot watch files");
  if (auto added = watch.add(folder); !added) return pass_on(added);
  return watch;
}

FolderWatch::SignalsEndAtOnce::SignalsEndAtOnce() {
  const sigset_t signals = ending_signals();
  sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

FolderWatch::SignalsEndAtOnce::~SignalsEndAtOnce() {
  const sigset_t signals = ending_signals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
}

FolderWatch::~FolderWatch() {
  if (!signals_.is_open()) return;  // moved from
  const sigset_t signals = ending_signals();
  sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

Result<void> FolderWatch::add(const fs::path& folder) {
  if (folders_.size() == folders_max)
    return fail(ErrorCode::resource_exhausted, "there are more than " + std::to_string(folders_max) + " folders to watch");
  const int number = inotify_add_watch(events_.get(), folder.c_str(), saved | IN_ONLYDIR);
  if (number < 0 && errno == ENOENT) return {};  // gone again
  if (number < 0) return refused("cannot watch " + folder.string());
  folders_[number] = folder;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    const bool goes_in =
        entry.is_directory(problem) && !entry.is_symlink(problem) && !is_beside_the_point(entry.path().filename().native());
    if (!goes_in) continue;
    if (auto added = add(entry.path()); !added) return added;
  }
  return {};
}

// Whether any of what has come counts.
Result<bool> FolderWatch::take_events() {
  bool counts = false;
  alignas(inotify_event) std::array<char, 16 * 1024> bytes{};
  for (;;) {
    const ssize_t size = read(events_.get(), bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return counts;
    for (const char* place = bytes.data(); place < bytes.data() + size;) {
      inotify_event event{};
      std::memcpy(&event, place, sizeof event);
      const std::string name = event.len > 0 ? place + sizeof event : "";
      place += sizeof event + event.len;
      const bool overflowed = (event.mask & IN_Q_OVERFLOW) != 0;
      if (overflowed) counts = true;
      if (name.empty() || is_beside_the_point(name)) continue;
      counts = true;
      const auto folder = folders_.find(event.wd);
      const bool is_new_folder = (event.mask & IN_ISDIR) != 0 && (event.mask & (IN_CREATE | IN_MOVED_TO)) != 0;
      if (!is_new_folder || folder == folders_.end()) continue;
      if (auto added = add(folder->second / name); !added) return pass_on(added);
    }
  }
}

Result<FolderWatch::News> FolderWatch::wait(std::chrono::milliseconds quiet) {
  for (;;) {
    std::array<pollfd, 2> both = {pollfd{signals_.get(), POLLIN, 0}, pollfd{events_.get(), POLLIN, 0}};
    const int came = poll(both.data(), both.size(), -1);
    if (came < 0 && errno == EINTR) continue;
    if (came < 0) return refused("cannot wait for files");
    if (both[0].revents != 0) {
      signalfd_siginfo taken{};  // or it would end this process once it is not blocked any more
      if (read(signals_.get(), &taken, sizeof taken) < 0) return refused("cannot take a signal");
      return News::interrupted;
    }
    auto saved_now = saved_within(std::chrono::milliseconds{0}, quiet);
    if (!saved_now) return pass_on(saved_now);
    if (*saved_now) return News::saved;
  }
}

Result<bool> FolderWatch::saved_within(std::chrono::milliseconds time, std::chrono::milliseconds quiet) {
  std::optional<SteadyClock::time_point> first;
  for (;;) {
    pollfd events{events_.get(), POLLIN, 0};
    const int came = poll(&events, 1, static_cast<int>((first ? quiet : time).count()));
    if (came < 0 && errno == EINTR) continue;
    if (came < 0) return refused("cannot wait for files");
    if (came == 0) return first.has_value();
    auto counts = take_events();
    if (!counts) return pass_on(counts);
    if (!*counts && !first) return false;
    if (!first) first = SteadyClock::now();
    if (SteadyClock::now() - *first > restless_max) return true;
  }
}

}  // namespace orc
