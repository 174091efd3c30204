// A plugin that does what its first argument says: the attacks and awkward habits of docs/decisions/sandbox.md, one word each. Where an
// image or a process that stays up cannot be given arguments, TEST_WORDS in its environment says it, with | between words.

#include "adapters/sandbox/testing/test_plugin.h"

#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <optional>
#include <pthread.h>
#include <string>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vector>

extern char** environ;

std::string read_all(int descriptor) {
  std::string text;
  char part[65536];
  for (ssize_t size; (size = read(descriptor, part, sizeof part)) > 0;) text.append(part, static_cast<size_t>(size));
  return text;
}

namespace {

void say(const char* name, long result) { printf("%s=%s\n", name, result >= 0 ? "done" : strerrorname_np(errno)); }

// What stays up is given its input in a line, of which standard input is full.
int compare_input(const Arguments& arguments) {
  if (answers >= 0) return printf("line %zu", arguments.back().size()) < 0;
  const std::string input = read_all(0);
  printf("%s %zu", arguments.back() == input ? "equal" : "different", input.size());
  return 0;
}

int count_input(const Arguments& arguments) {
  if (answers >= 0) return printf("line %zu", arguments.back().size()) < 0;
  return printf("%zu %zu", arguments.size(), read_all(0).size()) < 0;
}

int flood(int descriptor) {
  const std::string line = std::string(1023, 'x') + "\n";
  for (;;)
    if (write(descriptor, line.data(), line.size()) < 0) return 9;
}

}  // namespace

[[noreturn]] void wait_for_ever() {
  for (;;) pause();
}

int leave_survivors() {
  if (fork() == 0) {
    setsid();
    for (int i = 0; i < 3; ++i)
      if (fork() == 0) wait_for_ever();
    _exit(0);
  }
  wait(nullptr);
  printf("left");
  return 0;
}

namespace {

int fork_bomb() {
  int children = 0;
  while (true) {
    const pid_t child = fork();
    if (child == 0) wait_for_ever();
    if (child < 0) break;
    ++children;
  }
  printf("%d %s", children, strerrorname_np(errno));
  return 0;
}

void* wait_in_thread(void*) { wait_for_ever(); }

int thread_bomb() {
  int threads = 0;
  pthread_t thread;
  while (pthread_create(&thread, nullptr, wait_in_thread, nullptr) == 0) ++threads;
  printf("%d", threads);
  fflush(stdout);
  _exit(0);
}

int memory_bomb() {
  for (size_t total = 0; total < (size_t{8} << 30); total += 1 << 20) {
    void* part = mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (part == MAP_FAILED) return 12;
    memset(part, 1, 1 << 20);
  }
  return 0;
}

int memory_file_bomb() {
  const int file = memfd_create("bomb", 0);
  const std::string part(1 << 20, 'x');
  signal(SIGXFSZ, SIG_IGN);
  for (;;)
    if (write(file, part.data(), part.size()) < 0) return 12;
}

}  // namespace

int fill(const std::string& folder) {
  signal(SIGXFSZ, SIG_IGN);
  const int file = open((folder + "/filler").c_str(), O_CREAT | O_WRONLY, 0600);
  if (file < 0) {
    printf("%s", strerrorname_np(errno));
    return 0;
  }
  const std::string part(4096, 'x');
  size_t total = 0;
  for (ssize_t size; (size = write(file, part.data(), part.size())) > 0;) total += static_cast<size_t>(size);
  printf("%zu %s", total, strerrorname_np(errno));
  return 0;
}

namespace {

int sparse_file(const std::string& folder) {
  signal(SIGXFSZ, SIG_IGN);
  const int file = open((folder + "/sparse").c_str(), O_CREAT | O_WRONLY, 0600);
  say("sparse", ftruncate(file, off_t{1} << 40));
  return 0;
}

int show_environment() {
  std::vector<std::string> lines;
  for (char** entry = environ; *entry != nullptr; ++entry) lines.emplace_back(*entry);
  std::sort(lines.begin(), lines.end());
  for (const auto& line : lines) puts(line.c_str());
  return 0;
}

}  // namespace

int list_folder(const std::string& path) {
  DIR* folder = opendir(path.c_str());
  if (folder == nullptr) {
    printf("%s", strerrorname_np(errno));
    return 0;
  }
  std::vector<std::string> names;
  const std::string self = std::to_string(dirfd(folder));
  while (const dirent* entry = readdir(folder))
    if (entry->d_name[0] != '.' && (path != "/proc/self/fd" || self != entry->d_name)) names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  for (const auto& name : names) printf("%s ", name.c_str());
  return 0;
}

namespace {

int show_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY);
  if (file < 0) {
    printf("%s", strerrorname_np(errno));
    return 0;
  }
  fputs(read_all(file).c_str(), stdout);
  return 0;
}

}  // namespace

int make_file(const std::string& path) {
  say("make", open(path.c_str(), O_CREAT | O_WRONLY, 0600));
  return 0;
}

namespace {

int connect_to(int port) {
  const int tcp = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  say("loopback", connect(tcp, reinterpret_cast<sockaddr*>(&address), sizeof address));
  inet_pton(AF_INET, "169.254.169.254", &address.sin_addr);
  say("metadata", connect(tcp, reinterpret_cast<sockaddr*>(&address), sizeof address));
  const int udp = socket(AF_INET, SOCK_DGRAM, 0);
  address.sin_port = htons(53);
  say("dns", sendto(udp, "x", 1, 0, reinterpret_cast<sockaddr*>(&address), sizeof address));
  const int local = socket(AF_UNIX, SOCK_STREAM, 0);
  struct {
    sa_family_t family;
    char name[108];
  } abstract{AF_UNIX, "\0orc-canary"};
  say("abstract", connect(local, reinterpret_cast<sockaddr*>(&abstract), sizeof(sa_family_t) + 11));
  say("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
  say("raw", socket(AF_INET, SOCK_RAW, 1));
  return 0;
}

// What a run with the host's network may do, and what it may not.
int use_network(const std::string& port, const char* abstract_name) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(atoi(port.c_str())));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int tcp = socket(AF_INET, SOCK_STREAM, 0);
  say("loopback", connect(tcp, reinterpret_cast<sockaddr*>(&address), sizeof address));
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_port = 0;
  say("listen", bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? listen(listener, 1) : -1);
  char byte = 0;
  iovec content{.iov_base = &byte, .iov_len = 1};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  address.sin_port = htons(9);
  say("datagram", sendmsg(socket(AF_INET, SOCK_DGRAM, 0), &message, 0));
  say("routes", socket(AF_NETLINK, SOCK_RAW, 0));
  say("events", socket(AF_NETLINK, SOCK_RAW, 15));
  say("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
  say("raw", socket(AF_INET, SOCK_RAW, 1));
  int pair[2] = {-1, -1};
  say("stream pair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  sockaddr_un abstract{};
  abstract.sun_family = AF_UNIX;
  strncpy(abstract.sun_path + 1, abstract_name, sizeof abstract.sun_path - 2);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + strlen(abstract_name));
  const int local = socket(AF_UNIX, SOCK_STREAM, 0);
  say("abstract", local < 0 ? local : connect(local, reinterpret_cast<sockaddr*>(&abstract), size));
  say("datagram pair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  return 0;
}

// To a socket that has a name in the file system, in the way of a stream and of a datagram from one end of a pair.
int reach_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int stream = socket(AF_UNIX, SOCK_STREAM, 0);
  say("stream", connect(stream, reinterpret_cast<sockaddr*>(&address), sizeof address));
  int pair[2] = {-1, -1};
  say("datagram pair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  say("stream pair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  return 0;
}

// Makes new processes all the time, each the child of one that ends at once.
int storm() {
  for (;;)
    if (fork() > 0) _exit(0);
}

int forbidden_calls() {
  say("mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, nullptr));
  say("umount2", syscall(SYS_umount2, "/tmp", 0));
  say("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp"));
  say("chroot", syscall(SYS_chroot, "/tmp"));
  say("unshare", syscall(SYS_unshare, 0x10000000));
  say("setns", syscall(SYS_setns, 0, 0));
  say("clone_newuser", syscall(SYS_clone, 0x10000000 | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  say("clone3", syscall(SYS_clone3, nullptr, 0));
  say("ptrace", syscall(SYS_ptrace, 0, 0, 0, 0));
  say("process_vm_readv", syscall(SYS_process_vm_readv, 1, nullptr, 0, nullptr, 0, 0));
  say("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0));
  say("add_key", syscall(SYS_add_key, "user", "a", "b", 1, 0));
  say("bpf", syscall(SYS_bpf, 0, nullptr, 0));
  say("perf_event_open", syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0));
  say("io_uring_setup", syscall(SYS_io_uring_setup, 1, nullptr));
  say("userfaultfd", syscall(SYS_userfaultfd, 0));
  say("mknod", syscall(SYS_mknod, "/tmp/device", S_IFBLK | 0600, 0));
  say("open_by_handle_at", syscall(SYS_open_by_handle_at, 0, nullptr, 0));
  say("kexec_load", syscall(SYS_kexec_load, 0, 0, nullptr, 0));
  say("init_module", syscall(SYS_init_module, nullptr, 0, nullptr));
  say("reboot", syscall(SYS_reboot, 0, 0, 0, nullptr));
  say("sethostname", syscall(SYS_sethostname, "x", 1));
  say("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
  say("setuid", setuid(0));
  return 0;
}

void end_on_term(int) {
  static constexpr char text[] = "asked to end\n";
  [[maybe_unused]] const ssize_t written = write(2, text, sizeof text - 1);
  _exit(0);
}

// What isolation_contract_test.cc asks for; nothing, if it is none of that.
std::optional<int> reach_out(const std::string& mode, const std::string& word) {
  if (mode == "storm") return storm();
  if (mode == "reach") return reach_socket(word);
  if (mode == "signal") {
    say("signal", kill(atoi(word.c_str()), 0));
    say("limits of another", syscall(SYS_prlimit64, atoi(word.c_str()), 7, nullptr, nullptr));
    return 0;
  }
  if (mode == "kill-parent") {
    say("parent", kill(getppid(), SIGKILL));
    return 0;
  }
  if (mode == "change-package") {  // that all runs of its version share
    const int program = open("plugin", O_RDONLY);
    say("mode", fchmod(program, 0));
    say("attribute", fsetxattr(program, "user.mark", "x", 1, 0));
    return 0;
  }
  if (mode == "change-mode") {
    say("change-mode", chmod(word.c_str(), 0777));
    return 0;
  }
  return {};
}

int run(const std::string& mode, const Arguments& arguments) {
  const std::string& word = arguments.size() > 2 ? arguments[2] : mode;
  if (const auto reached = reach_out(mode, word)) return *reached;
  if (const auto grown = grow(mode, word)) return *grown;
  if (const auto kept = keep_promises(mode, word, arguments)) return *kept;
  if (mode == "exit") {
    fprintf(stderr, "leaving with %s\n", word.c_str());
    return atoi(word.c_str());
  }
  if (mode == "say") return fputs(word.c_str(), stdout) < 0;
  if (mode == "compare") return compare_input(arguments);
  if (mode == "count") return count_input(arguments);
  if (mode == "write-input") return printf("%zd", write(0, "x", 1)) < 0;
  if (mode == "flood-output") return flood(1);
  if (mode == "flood-log") return flood(2);
  if (mode == "print") return printf("%s", std::string(static_cast<size_t>(atoi(word.c_str())), 'x').c_str()) < 0;
  if (mode == "close-output") {
    printf("early");
    fclose(stdout);
    close(2);
    return 0;
  }
  if (mode == "ignore-term") {
    signal(SIGTERM, SIG_IGN);
    wait_for_ever();
  }
  if (mode == "end-on-term") {
    signal(SIGTERM, end_on_term);
    wait_for_ever();
  }
  if (mode == "stop-itself") return raise(SIGSTOP);
  if (mode == "kill-itself") return raise(atoi(word.c_str()));
  if (mode == "spin")
    for (volatile unsigned long i = 0;; i = i + 1) {}
  if (mode == "leave-survivors") return leave_survivors();
  if (mode == "fork-bomb") return fork_bomb();
  if (mode == "thread-bomb") return thread_bomb();
  if (mode == "memory-bomb") return memory_bomb();
  if (mode == "memory-file-bomb") return memory_file_bomb();
  if (mode == "fill") return fill(word);
  if (mode == "sparse") return sparse_file(word);
  if (mode == "environment") return show_environment();
  if (mode == "list") return list_folder(word);
  if (mode == "link") {
    char target[256] = {};
    return printf("%.*s", static_cast<int>(readlink(word.c_str(), target, sizeof target)), target) < 0;
  }
  if (mode == "show") return show_file(word);
  if (mode == "make") return make_file(word);
  if (mode == "connect") return connect_to(atoi(word.c_str()));
  if (mode == "use-network") return use_network(word, arguments[3].c_str());
  if (mode == "calls") return forbidden_calls();
  fprintf(stderr, "no such mode: %s\n", mode.c_str());
  return 99;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = arguments_of(argc, argv);
  const char* const mode = getenv("ORC_MODE");
  if (mode != nullptr && std::string(mode) == "warm") return stay_up(arguments, run);
  return run(arguments.size() > 1 ? arguments[1] : "", arguments);
}
