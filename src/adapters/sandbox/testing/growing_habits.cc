// How orc-test-plugin takes up memory, disk and processors: openly, and in the ways that hide from whoever counts.

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <functional>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/sandbox/testing/test_plugin.h"

namespace {

// More than any test allows; then they wait for somebody to notice.
constexpr int files_max = 200;

void hide() { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

int touch_memory_in_children(int children, size_t each) {
  for (int i = 0; i < children; ++i)
    if (fork() == 0) {
      void* part = mmap(nullptr, each, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (part != MAP_FAILED) memset(part, 1, each);
      wait_for_ever();
    }
  while (wait(nullptr) > 0) {}
  return 1;
}

// Files of a mebibyte each, with a name or without.
int fill_with_files(const std::string& folder, bool unlinked) {
  const std::string part(1 << 20, 'x');
  int files = 0;
  for (;; ++files) {
    const std::string path = folder + "/" + std::to_string(files);
    const int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
    if (file < 0 || write(file, part.data(), part.size()) != static_cast<ssize_t>(part.size())) break;
    if (unlinked) {
      unlink(path.c_str());
    } else {
      close(file);
    }
  }
  printf("%d %s", files, strerrorname_np(errno));
  return 0;
}

int make_many_files(const std::string& folder) {
  int files = 0;
  for (; files < 1'000'000; ++files) {
    const int file = open((folder + "/" + std::to_string(files)).c_str(), O_CREAT | O_WRONLY, 0600);
    if (file < 0) break;
    close(file);
  }
  printf("%d %s", files, strerrorname_np(errno));
  return 0;
}

int make_deep_folders(const std::string& folder) {
  if (chdir(folder.c_str()) != 0) return 1;
  for (int depth = 0; depth < 200; ++depth)
    if (mkdir("d", 0700) != 0 || chdir("d") != 0) return 1;
  wait_for_ever();
}

int make_zombies() {
  int children = 0;
  for (;; ++children) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    if (child < 0) break;
  }
  return printf("%d %s", children, strerrorname_np(errno)) < 0;
}

// Files of a mebibyte each that have lost their names; `hold` keeps them another way, or says -1. Ends if no more can be written.
int fill_namelessly(const std::string& folder, const std::function<int(int file)>& hold) {
  const std::string part(1 << 20, 'x');
  for (int files = 0; files < files_max; ++files) {
    const std::string path = folder + "/" + std::to_string(files);
    const int file = open(path.c_str(), O_CREAT | O_RDWR, 0600);
    if (file < 0 || write(file, part.data(), part.size()) != static_cast<ssize_t>(part.size()) || hold(file) < 0)
      return printf("%d %s", files, strerrorname_np(errno)) < 0;
    unlink(path.c_str());
  }
  wait_for_ever();
}

// Held by a page of each, without a descriptor.
int map_files(const std::string& folder) {
  return fill_namelessly(folder, [](int file) {
    void* const page = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 0);
    return page == MAP_FAILED ? -1 : close(file);
  });
}

// Held by a socket on whose way they are.
int send_files(const std::string& folder) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  return fill_namelessly(folder, [&](int file) {
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof file)] = {};
    char byte = 'x';
    iovec bytes{.iov_base = &byte, .iov_len = 1};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof file);
    memcpy(CMSG_DATA(head), &file, sizeof file);
    return sendmsg(ends[0], &message, 0) < 0 ? -1 : close(file);
  });
}

std::string folder_of_thread;
int fill_in_thread(void*) {
  _exit(fill_namelessly(folder_of_thread, [](int) { return 0; }) + fflush(stdout));
}

// A thread whose descriptors are not those of its process: from its start, or since it parted them.
int fill_beside(const std::string& folder) {
  folder_of_thread = folder;
  constexpr size_t stack_bytes = 1 << 20;
  char* const stack = static_cast<char*>(mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (clone(fill_in_thread, stack + stack_bytes, CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, nullptr) < 0)
    return printf("%s", strerrorname_np(errno)) < 0;
  wait_for_ever();
}

void* part_and_fill(void*) {
  if (close_range(1000, ~0U, CLOSE_RANGE_UNSHARE) != 0) _exit(printf("%s", strerrorname_np(errno)) < 0 || fflush(stdout) != 0);
  fill_in_thread(nullptr);
  return nullptr;
}

int fill_apart(const std::string& folder) {
  folder_of_thread = folder;
  pthread_t thread;
  if (pthread_create(&thread, nullptr, part_and_fill, nullptr) != 0) return 1;
  wait_for_ever();
}

// So many processes that each execute a copy of this program which has no name any more.
int execute_copies(const std::string& folder, int copies) {
  const int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  const std::string program = read_all(self);
  for (int copy = 0; copy < copies; ++copy) {
    const std::string path = folder + "/" + std::to_string(copy);
    const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
    if (write(file, program.data(), program.size()) != static_cast<ssize_t>(program.size())) return 1;
    close(file);
    int begun[2];
    if (pipe2(begun, O_CLOEXEC) != 0) return 1;
    if (fork() == 0) {
      execl(path.c_str(), path.c_str(), "wait", nullptr);
      _exit(1);
    }
    close(begun[1]);
    read_all(begun[0]);
    close(begun[0]);
    unlink(path.c_str());
  }
  wait_for_ever();
}

// One after the other.
int start_many() {
  constexpr int programs = 300;
  for (int i = 0; i < programs; ++i) {
    if (fork() == 0) {
      execl("./plugin", "./plugin", "say", "", nullptr);
      _exit(1);
    }
    int status = 0;
    if (wait(&status) < 0 || status != 0) return 1;
  }
  return printf("%d started", programs) < 0;
}

void* touch_shared_memory(void*) {
  constexpr size_t bytes = size_t{96} << 20;
  void* const part = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (part != MAP_FAILED) memset(part, 1, bytes);
  wait_for_ever();
}

// The process is one that has ended, to whoever looks at its first thread only.
[[noreturn]] void grow_without_first_thread() {
  pthread_t thread;
  pthread_create(&thread, nullptr, touch_shared_memory, nullptr);
  syscall(SYS_exit, 0);
  wait_for_ever();
}

// However busy the host is: until it has used that much of a processor.
int burn(clock_t milliseconds) {
  const clock_t begin = clock();
  while (clock() - begin < milliseconds * CLOCKS_PER_SEC / 1000) {}
  return printf("{}") < 0;
}

}  // namespace

std::optional<int> grow(const std::string& mode, const std::string& word) {
  if (mode.starts_with("hidden-")) {
    hide();
    return grow(mode.substr(strlen("hidden-")), word);
  }
  if (mode == "wait") wait_for_ever();
  if (mode == "burn") return burn(atoi(word.c_str()));
  if (mode == "memory-of-children") return touch_memory_in_children(4, size_t{24} << 20);
  if (mode == "memory-without-first-thread") grow_without_first_thread();
  if (mode == "files") return fill_with_files(word, false);
  if (mode == "nameless-files") return fill_with_files(word, true);
  if (mode == "mapped-files") return map_files(word);
  if (mode == "sent-files") return send_files(word);
  if (mode == "files-of-a-thread") return fill_beside(word);
  if (mode == "files-of-a-parted-thread") return fill_apart(word);
  if (mode == "executed-file") return execute_copies(word, 1);
  if (mode == "executed-files") return execute_copies(word, 20);
  if (mode == "start-many") return start_many();
  if (mode == "zombies") return make_zombies();
  if (mode == "many-files") return make_many_files(word);
  if (mode == "deep-folders") return make_deep_folders(word);
  return {};
}
