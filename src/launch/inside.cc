#include "launch/inside.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/collection.h"
#include "launch/must.h"
#include "launch/process_family.h"

namespace orc::launch {
namespace {

constexpr int progress_descriptor = 3;
constexpr int lowest_own_descriptor = 10;
constexpr int look_interval_ms = 100;
constexpr int kill_interval_ms = 10;
constexpr std::size_t output_read_bytes = 64 * 1024;
constexpr std::size_t progress_read_bytes = 4 * 1024;

// What Docker shows a container of its own memory, in version 1 and 2 of cgroups.
constexpr const char* memory_events[] = {"/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory.events"};
constexpr const char* memory_peaks[] = {"/sys/fs/cgroup/memory/memory.max_usage_in_bytes", "/sys/fs/cgroup/memory.peak"};

// What cannot be written is read by nobody any more.
void write_out(const void* bytes, std::size_t size) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = write(STDOUT_FILENO, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    at += written;
    size -= static_cast<std::size_t>(written);
  }
}

void write_frame(std::uint32_t kind, const void* bytes, std::size_t size) {
  const FrameHeader header{.kind = kind, .bytes = static_cast<std::uint32_t>(size)};
  write_out(&header, sizeof header);
  write_out(bytes, size);
}

std::string text_of(const char* path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  char text[1024];
  const ssize_t size = read(file, text, sizeof text);
  close(file);
  return {text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

bool ran_out_of_memory() {
  constexpr const char* counter = "oom_kill ";
  for (const char* path : memory_events) {
    const std::string text = text_of(path);
    if (const auto at = text.find(counter); at != std::string::npos) return std::atoll(text.c_str() + at + std::strlen(counter)) > 0;
  }
  return false;
}

std::int64_t peak_bytes(const rusage& used) {
  for (const char* path : memory_peaks)
    if (const std::int64_t peak = std::atoll(text_of(path).c_str()); peak > 0) return peak;
  return std::int64_t{used.ru_maxrss} * 1024;
}

struct Channel {
  int read_end;
  int write_end;
};

Channel make_channel() {
  int ends[2];
  must(pipe2(ends, O_CLOEXEC) == 0, "cannot make a pipe");
  Channel channel{.read_end = fcntl(ends[0], F_DUPFD_CLOEXEC, lowest_own_descriptor),
                  .write_end = fcntl(ends[1], F_DUPFD_CLOEXEC, lowest_own_descriptor)};
  must(channel.read_end >= 0 && channel.write_end >= 0, "cannot copy a descriptor");
  close(ends[0]);
  close(ends[1]);
  return channel;
}

[[noreturn]] void run_program(std::span<char* const> command, const Channel& output, const Channel& progress) {
  dup2(output.write_end, STDOUT_FILENO);
  dup2(progress.write_end, progress_descriptor);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  execvp(command[0], command.data());
  dprintf(STDERR_FILENO, "orc-launch: cannot start %s: %s\n", command[0], std::strerror(errno));
  _exit(127);
}

// Passes on what comes next; false at the end.
bool pass_some_on(int from, std::uint32_t kind, std::size_t most) {
  static char part[output_read_bytes];
  const ssize_t size = read(from, part, most);
  if (size < 0) return errno == EINTR;
  if (size > 0) write_frame(kind, part, static_cast<std::size_t>(size));
  return size > 0;
}

std::int64_t milliseconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * std::int64_t{1000} + now.tv_nsec / 1'000'000;
}

class ProgramRun {
 public:
  ProgramRun(std::span<char* const> command, int signals) : signals_(signals), output_(make_channel()), progress_(make_channel()) {
    command_ = fork();
    must(command_ >= 0, "cannot fork");
    if (command_ == 0) run_program(command, output_, progress_);
    close(output_.write_end);
    close(progress_.write_end);
    close(STDIN_FILENO);  // the program's own; when it is closed there, whoever writes shall know
  }

  int finish() {
    while (reap(command_, status_)) {  // orphans of the container become ours
      look_at_memory();
      if (status_) killing_ = true;  // what it leaves behind does not outlive it
      if (killing_) kill(-1, SIGKILL);
      pass_on_what_comes(killing_ ? kill_interval_ms : look_interval_ms);
      take_signal();
    }
    out_of_memory_ = out_of_memory_ || ran_out_of_memory();
    drain(output_.read_end, frame_of_output, output_read_bytes);
    drain(progress_.read_end, frame_of_progress, progress_read_bytes);
    const int status = status_.value_or(0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  bool is_out_of_memory() const { return out_of_memory_; }

 private:
  // The kernel kills one process when memory runs out; the others would wait for it in vain.
  void look_at_memory() {
    const std::int64_t now = milliseconds_now();
    if (killing_ || now - looked_ms_ < look_interval_ms) return;
    looked_ms_ = now;
    if (ran_out_of_memory()) killing_ = out_of_memory_ = true;
  }

  void pass_on_what_comes(int milliseconds) {
    pollfd watched[] = {{.fd = signals_, .events = POLLIN, .revents = 0},
                        {.fd = output_ended_ ? -1 : output_.read_end, .events = POLLIN, .revents = 0},
                        {.fd = progress_ended_ ? -1 : progress_.read_end, .events = POLLIN, .revents = 0}};
    if (poll(watched, 3, milliseconds) <= 0) return;
    if (watched[1].revents != 0) output_ended_ = !pass_some_on(output_.read_end, frame_of_output, output_read_bytes);
    if (watched[2].revents != 0) progress_ended_ = !pass_some_on(progress_.read_end, frame_of_progress, progress_read_bytes);
  }

  void take_signal() {
    signalfd_siginfo came{};
    while (read(signals_, &came, sizeof came) == sizeof came) {
      if (came.ssi_signo == SIGTERM && kill(-1, SIGTERM) != 0) killing_ = true;  // nobody to ask
      if (came.ssi_signo == SIGUSR1) killing_ = true;
    }
  }

  // Nobody writes any more.
  static void drain(int from, std::uint32_t kind, std::size_t most) {
    while (pass_some_on(from, kind, most)) {}
  }

  const int signals_;
  const Channel output_;
  const Channel progress_;
  pid_t command_ = -1;
  std::optional<int> status_;
  std::int64_t looked_ms_ = 0;
  bool output_ended_ = false;
  bool progress_ended_ = false;
  bool killing_ = false;
  bool out_of_memory_ = false;
};

int signals_to_wait_for() {
  sigset_t awaited;
  sigemptyset(&awaited);
  for (const int signal : {SIGCHLD, SIGTERM, SIGUSR1}) sigaddset(&awaited, signal);
  must(sigprocmask(SIG_BLOCK, &awaited, nullptr) == 0, "cannot block signals");
  const int made = signalfd(-1, &awaited, SFD_CLOEXEC | SFD_NONBLOCK);
  must(made >= 0, "cannot wait for signals");
  const int signals = fcntl(made, F_DUPFD_CLOEXEC, lowest_own_descriptor);
  must(signals >= 0, "cannot copy a descriptor");
  close(made);
  return signals;
}

}  // namespace

int inside(const char* folder, std::span<char* const> command) {
  // All that kill(-1) reaches would be ended: a container's processes, or the whole host's of this user.
  if (getpid() != 1) throw std::runtime_error("it is not the first process of a container");
  must(prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) == 0, "cannot hide from the plugin");
  std::signal(SIGPIPE, SIG_IGN);
  ProgramRun run(command, signals_to_wait_for());
  const int exit_code = run.finish();
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  const auto milliseconds = [](const timeval& time) { return time.tv_sec * std::int64_t{1000} + time.tv_usec / 1000; };
  const RunEndFrame end{.exit_code = exit_code,
                        .cpu_ms = milliseconds(used.ru_utime) + milliseconds(used.ru_stime),
                        .peak_bytes = peak_bytes(used),
                        .ran_out_of_memory = run.is_out_of_memory() ? 1 : 0};
  write_frame(frame_of_end, &end, sizeof end);
  write_frame(frame_of_collection, nullptr, 0);
  collect(open_collected(folder), STDOUT_FILENO);
  return exit_code;
}

}  // namespace orc::launch
