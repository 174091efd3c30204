#include "adapters/docker/container_guard.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "adapters/sandbox/child_process.h"

namespace orc {

Result<std::unique_ptr<ContainerGuard>> ContainerGuard::start(const std::filesystem::path& launcher, const std::string& socket) {
  // A pair of sockets, not a pipe: it can be written to without a signal when the guard is gone, and without waiting when it stands still.
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(ErrorCode::unavailable, std::string("cannot make a pair of sockets: ") + std::strerror(errno));
  const FileDescriptor its_end(ends[0]);
  FileDescriptor our_end(ends[1]);
  // It speaks to nobody: an output of ours that it held would seem open to whoever reads it.
  const FileDescriptor nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nowhere.is_open()) return fail(ErrorCode::unavailable, "cannot open /dev/null");
  const std::array descriptors = {its_end.get(), nowhere.get(), nowhere.get()};
  auto process = start_process({launcher.string(), "--guard-containers", socket}, descriptors);
  if (!process) return pass_on(process);
  return std::unique_ptr<ContainerGuard>(new ContainerGuard(std::move(our_end), *process));
}

ContainerGuard::~ContainerGuard() {
  life_.close();
  if (!watched_.empty()) return;
  while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {}
}

Result<void> ContainerGuard::tell(char sign, const std::string& name) {
  const std::string line = sign + name + "\n";
  const ssize_t sent = send(life_.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent == std::ssize(line)) return {};
  return fail(ErrorCode::unavailable, std::string("the process that removes containers of a killed worker does not listen: ") +
                                          (sent < 0 ? std::strerror(errno) : "it took a part of a line"));
}

Result<void> ContainerGuard::watch(const std::string& name) {
  watched_.insert(name);
  return tell('+', name);
}

void ContainerGuard::forget(const std::string& name) {
  // If it does not hear this it asks once more for what is gone.
  if (watched_.erase(name) > 0) [[maybe_unused]]
    const auto told = tell('-', name);
}

}  // namespace orc
