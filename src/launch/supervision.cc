#include "launch/supervision.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <linux/close_range.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/confinement.h"
#include "launch/process_family.h"

namespace orc::launch {
namespace {

static_assert(signal_to_ask == SIGTERM && signal_to_kill == SIGUSR1);

// bubblewrap and the init of its process namespace stand between us and the plugin.
constexpr int sandbox_generations = 2;

[[noreturn]] void run_command(const LaunchOrders& orders, pid_t supervisor) {
  try {
    die_with(supervisor);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execv(orders.command[0], orders.command);
    dprintf(STDERR_FILENO, "orc-launch: cannot start %s: %s\n", orders.command[0], std::strerror(errno));
  } catch (const std::exception& error) {
    dprintf(STDERR_FILENO, "orc-launch: %s\n", error.what());
  }
  _exit(127);
}

enum class Asked { somebody, nobody };

Asked signal_descendants(int signal, int generations_skipped) {
  const auto processes = descendants(processes_now(), getpid(), generations_skipped);
  for (const pid_t process : processes) kill(process, signal);
  return processes.empty() ? Asked::nobody : Asked::somebody;
}

// Reaps whoever has ended. True while a child is left.
bool reap(pid_t command, int& command_status) {
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, WNOHANG);
    if (ended == 0) return true;
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) return false;
    if (ended == command) command_status = status;
  }
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

int supervise(const LaunchOrders& orders) {
  // What the command leaves behind becomes our child, so that we see its end and no zombie is left to the host's init.
  if (prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) != 0) throw std::runtime_error("cannot adopt orphans");
  const pid_t supervisor = getpid();
  const pid_t command = fork();
  if (command < 0) throw std::runtime_error(std::string("cannot fork: ") + std::strerror(errno));
  if (command == 0) run_command(orders, supervisor);
  close_range(0, last_descriptor, 0);  // the plugin's ends of the pipes are its own

  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, signal_to_ask);
  sigaddset(&awaited, signal_to_kill);
  sigprocmask(SIG_BLOCK, &awaited, nullptr);
  int command_status = 0;
  bool killing = false;
  while (reap(command, command_status)) {
    if (killing) signal_descendants(SIGKILL, 0);  // again after every death: orphans have become our children
    siginfo_t came{};
    const int signal = sigwaitinfo(&awaited, &came);
    // A plugin that has not begun yet, or is gone, has nothing to bring to an end in good order.
    const bool nobody_to_ask = signal == signal_to_ask && signal_descendants(SIGTERM, sandbox_generations) == Asked::nobody;
    if (nobody_to_ask || signal == signal_to_kill) killing = true;
  }
  return exit_code_of(command_status);
}

}  // namespace orc::launch
