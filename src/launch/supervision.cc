#include "launch/supervision.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <stdexcept>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/confinement.h"
#include "launch/descriptor_text.h"
#include "launch/process_family.h"

namespace orc::launch {
namespace {

static_assert(signal_to_ask == SIGTERM && signal_to_kill == SIGUSR1 && signal_for_memory == SIGBUS && signal_for_scratch == SIGXFSZ);

// bubblewrap and the init of its process namespace stand between us and the plugin, unless it is started directly.
constexpr int sandbox_generations = 2;

// How often a run is looked at that no cgroup holds, and how soon the next round of killing comes.
constexpr int look_interval_ms = 50;
constexpr int kill_interval_ms = 10;

constexpr int exit_not_confined = 126;

void listen_to_all() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void run_sandbox(const LaunchOrders& orders, pid_t supervisor) {
  try {
    die_with(supervisor);
    listen_to_all();
    close(collection_descriptor);
    execv(orders.command[0], orders.command);
    dprintf(STDERR_FILENO, "orc-launch: cannot start %s: %s\n", orders.command[0], std::strerror(errno));
  } catch (const std::exception& error) {
    dprintf(STDERR_FILENO, "orc-launch: %s\n", error.what());
  }
  _exit(127);
}

// `faults` hears why the plugin could not be confined; closed by exec, it says that it was.
[[noreturn]] void run_plugin(const LaunchOrders& orders, pid_t supervisor, int faults) {
  try {
    confine_plugin(orders, supervisor);
  } catch (const std::exception& error) {
    dprintf(faults, "%s", error.what());
    _exit(exit_not_confined);
  }
  close_range(arguments_descriptor, ~0U, CLOSE_RANGE_CLOEXEC);
  listen_to_all();
  execvp(orders.command[0], orders.command);
  dprintf(STDERR_FILENO, "orc-launch: cannot start %s: %s\n", orders.command[0], std::strerror(errno));
  _exit(127);
}

pid_t start(const LaunchOrders& orders) {
  const pid_t supervisor = getpid();
  int faults[2] = {-1, -1};
  if (orders.direct && pipe2(faults, O_CLOEXEC) != 0) throw std::runtime_error(std::string("cannot make a pipe: ") + std::strerror(errno));
  const pid_t command = fork();
  if (command < 0) throw std::runtime_error(std::string("cannot fork: ") + std::strerror(errno));
  if (command == 0 && orders.direct) run_plugin(orders, supervisor, faults[1]);
  if (command == 0) run_sandbox(orders, supervisor);
  if (!orders.direct) return command;
  close(faults[1]);
  const std::string fault = read_all(faults[0]);
  close(faults[0]);
  if (!fault.empty()) throw std::runtime_error(fault);
  return command;
}

std::vector<pid_t> descendants_now(int generations_skipped) { return descendants(processes_now(), getpid(), generations_skipped); }

enum class Asked { somebody, nobody };

Asked signal_descendants(int signal, int generations_skipped) {
  const auto processes = descendants_now(generations_skipped);
  for (const pid_t process : processes) kill(process, signal);
  return processes.empty() ? Asked::nobody : Asked::somebody;
}

// Looks as the plugin's own id, as the kernel shows what a process holds only to its like (man 2 ptrace).
std::optional<Excess> look(const LaunchOrders& orders, RunWatch& watch) {
  const auto processes = descendants_now(0);
  if (!orders.own_id) return watch.look(processes);
  look_as(*orders.own_id);
  const auto excess = watch.look(processes);
  setfsuid(geteuid());
  setfsgid(getegid());
  // A change of either makes the kernel forget whose death we wait for; it may have come meanwhile.
  prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(signal_to_kill), 0UL, 0UL, 0UL);
  if (getppid() != orders.parent) kill(getpid(), signal_to_kill);
  return excess;
}

// Whether the interval is over since this was last true.
class Clock {
 public:
  bool is_time() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const long long nanoseconds = now.tv_sec * 1'000'000'000LL + now.tv_nsec;
    if (nanoseconds - last_ < look_interval_ms * 1'000'000LL) return false;
    last_ = nanoseconds;
    return true;
  }

 private:
  long long last_ = 0;
};

enum class Event { nothing, child_ended, asked, killed, out_of_memory };

// What this process waits for.
class Events {
 public:
  // `memory_events`: readable when the kernel has run out of memory for this run; -1: nobody tells.
  explicit Events(int memory_events) : memory_events_(memory_events) {
    sigset_t awaited;
    sigemptyset(&awaited);
    for (const int signal : {SIGCHLD, signal_to_ask, signal_to_kill}) sigaddset(&awaited, signal);
    sigprocmask(SIG_BLOCK, &awaited, nullptr);
    signals_ = signalfd(-1, &awaited, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals_ < 0) throw std::runtime_error(std::string("cannot wait for signals: ") + std::strerror(errno));
  }

  // The next one within that time; negative: whenever it comes.
  Event next(int milliseconds) const {
    pollfd watched[] = {{.fd = signals_, .events = POLLIN, .revents = 0}, {.fd = memory_events_, .events = POLLIN, .revents = 0}};
    if (poll(watched, 2, milliseconds) <= 0) return Event::nothing;
    std::uint64_t count = 0;
    if ((watched[1].revents & POLLIN) != 0 && read(memory_events_, &count, sizeof count) > 0) return Event::out_of_memory;
    signalfd_siginfo came{};
    if (read(signals_, &came, sizeof came) != sizeof came) return Event::nothing;
    if (came.ssi_signo == static_cast<unsigned>(signal_to_ask)) return Event::asked;
    return came.ssi_signo == static_cast<unsigned>(signal_to_kill) ? Event::killed : Event::child_ended;
  }

 private:
  const int memory_events_;
  int signals_ = -1;
};

[[noreturn]] void end_by(int number) {
  std::signal(number, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  sigprocmask(SIG_UNBLOCK, &one, nullptr);
  raise(number);
  std::abort();
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

void look_as(uid_t id) {
  setfsgid(id);
  setfsuid(id);
}

int supervise(const LaunchOrders& orders) {
  // What the command leaves behind becomes our child, so that we see its end and no zombie is left to the host's init.
  if (prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) != 0) throw std::runtime_error("cannot adopt orphans");
  std::optional<RunWatch> watch;
  if (orders.direct) watch.emplace(orders.direct->watch);
  const pid_t command = start(orders);
  close_range(0, last_descriptor, 0);  // the plugin's ends of the pipes are its own

  const Events events(orders.memory_events);
  const int generations_skipped = orders.direct ? 0 : sandbox_generations;
  Clock clock;
  std::optional<int> command_status;
  std::optional<Excess> excess;
  bool killing = false;
  while (reap(command, command_status)) {
    if (watch && !killing && clock.is_time()) excess = look(orders, *watch);
    // Without a process namespace, what the command leaves behind would go on when it has ended.
    if (excess || (watch && command_status)) killing = true;
    if (killing) signal_descendants(SIGKILL, 0);  // again after every death: orphans have become our children
    const Event event = events.next(killing ? kill_interval_ms : watch ? look_interval_ms : -1);
    // Version 1 of cgroups kills one process of a run; the others would wait for it in vain.
    if (event == Event::out_of_memory && !killing) excess = Excess::memory;
    // A plugin that has not begun yet, or is gone, has nothing to bring to an end in good order.
    const bool nobody_to_ask = event == Event::asked && signal_descendants(SIGTERM, generations_skipped) == Asked::nobody;
    if (nobody_to_ask || event == Event::killed) killing = true;
  }
  if (excess) end_by(*excess == Excess::memory ? signal_for_memory : signal_for_scratch);
  return exit_code_of(command_status.value_or(0));
}

}  // namespace orc::launch
