#include "launch/sweep.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <grp.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace orc::launch {

int sweep(uid_t id, uid_t spare) {
  // Whoever is `spare` gets the signal too.
  if (id == 0 || spare == 0) throw std::runtime_error("--sweep 0: a plugin never runs as root");
  if (setgroups(0, nullptr) != 0 || setresgid(id, id, id) != 0 || setresuid(spare, id, spare) != 0)
    throw std::runtime_error("cannot become uid " + std::to_string(id) + ": " + std::strerror(errno));
  // All at once: the kernel starts no child of whom the signal has reached, and leaves out who sends it (man 2 kill).
  if (kill(-1, SIGKILL) != 0 && errno != ESRCH) throw std::runtime_error(std::string("cannot kill: ") + std::strerror(errno));
  return EXIT_SUCCESS;
}

}  // namespace orc::launch
