#include "adapters/sandbox/child_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

namespace orc {
namespace {

// Descriptors are handed on as 0 to 7; ours lie above, so that none is covered before it was copied.
constexpr int lowest_own_descriptor = 10;

std::unexpected<Error> refused(const std::string& what, int reason) {
  return fail(ErrorCode::unavailable, what + ": " + std::strerror(reason));
}

Result<FileDescriptor> lifted(FileDescriptor descriptor) {
  if (descriptor.get() >= lowest_own_descriptor) return descriptor;
  FileDescriptor higher(fcntl(descriptor.get(), F_DUPFD_CLOEXEC, lowest_own_descriptor));
  if (!higher.is_open()) return refused("cannot copy a descriptor", errno);
  return higher;
}

class SpawnOptions {
 public:
  SpawnOptions() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~SpawnOptions() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;

  void set_signals() {
    sigset_t every;
    sigfillset(&every);
    sigset_t awaited;
    sigemptyset(&awaited);
    for (const int signal : {SIGCHLD, SIGTERM, SIGUSR1}) sigaddset(&awaited, signal);
    posix_spawnattr_setsigdefault(&attributes_, &every);
    posix_spawnattr_setsigmask(&attributes_, &awaited);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  bool hand_on(int from, int to) { return posix_spawn_file_actions_adddup2(&actions_, from, to) == 0; }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return refused("cannot make a pipe", errno);
  auto read_end = lifted(FileDescriptor(ends[0]));
  auto write_end = lifted(FileDescriptor(ends[1]));
  if (!read_end) return pass_on(read_end);
  if (!write_end) return pass_on(write_end);
  return Pipe{std::move(*read_end), std::move(*write_end)};
}

Result<Pipe> make_socket_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return refused("cannot make a pair of sockets", errno);
  auto ours = lifted(FileDescriptor(ends[0]));
  auto theirs = lifted(FileDescriptor(ends[1]));
  if (!ours) return pass_on(ours);
  if (!theirs) return pass_on(theirs);
  return Pipe{std::move(*ours), std::move(*theirs)};
}

Result<FileDescriptor> take_descriptor(const FileDescriptor& socket) {
  char byte = 0;
  iovec content{.iov_base = &byte, .iov_len = 1};
  int taken = -1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof taken)] = {};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(socket.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1) return refused("no descriptor has come", errno);
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return refused("no descriptor has come", EBADMSG);
  std::memcpy(&taken, CMSG_DATA(header), sizeof taken);
  return FileDescriptor(taken);
}

Result<FileDescriptor> make_sealed_file(const char* name, std::string_view bytes) {
  FileDescriptor file(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.is_open()) return refused("cannot make a file in memory", errno);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = write(file.get(), bytes.data() + done, bytes.size() - done);
    if (written <= 0) return refused("cannot write to memory", errno);
    done += static_cast<std::size_t>(written);
  }
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0 || lseek(file.get(), 0, SEEK_SET) != 0)
    return refused("cannot seal a file in memory", errno);
  return lifted(std::move(file));
}

Result<FileDescriptor> reopen(const FileDescriptor& file) {
  const std::string path = "/proc/self/fd/" + std::to_string(file.get());
  FileDescriptor again(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!again.is_open()) return refused("cannot open " + path, errno);
  return lifted(std::move(again));
}

Result<pid_t> start_process(const std::vector<std::string>& arguments, std::span<const int> descriptors) {
  SpawnOptions options;
  options.set_signals();
  int to = 0;
  for (const int from : descriptors)
    if (!options.hand_on(from, to++)) return refused("cannot prepare " + arguments.front(), ENOMEM);
  std::vector<char*> words;
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  char* no_environment[] = {nullptr};
  pid_t process = 0;
  const int reason = posix_spawn(&process, words[0], options.actions(), options.attributes(), words.data(), no_environment);
  if (reason != 0) return refused("cannot start " + arguments.front(), reason);
  return process;
}

Result<FileDescriptor> open_directory(const std::string& path) {
  FileDescriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.is_open()) return refused("cannot open " + path, errno);
  return folder;
}

Result<FileDescriptor> open_process(pid_t process) {
  FileDescriptor descriptor(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
  if (!descriptor.is_open()) return refused("cannot watch process " + std::to_string(process), errno);
  return descriptor;
}

}  // namespace orc
