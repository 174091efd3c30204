#include "launch/launch_orders.h"

#include <array>
#include <stdexcept>
#include <string_view>

#include "launch/number_from.h"

namespace orc::launch {
namespace {

struct LimitName {
  std::string_view word;
  int resource;
};

constexpr std::array limit_names = {
    LimitName{"as", RLIMIT_AS},       LimitName{"core", RLIMIT_CORE},     LimitName{"fsize", RLIMIT_FSIZE}, LimitName{"data", RLIMIT_DATA},
    LimitName{"nproc", RLIMIT_NPROC}, LimitName{"nofile", RLIMIT_NOFILE}, LimitName{"stack", RLIMIT_STACK},
};

int resource_from(std::string_view word) {
  for (const LimitName& name : limit_names)
    if (name.word == word) return name.resource;
  throw std::runtime_error("no such limit: " + std::string(word));
}

MountKind kind_from(std::string_view word) {
  if (word == "ro") return MountKind::read_only;
  if (word == "dev") return MountKind::device;
  throw std::runtime_error("no such kind of mount: " + std::string(word));
}

Access access_from(std::string_view word) {
  if (word == "read") return Access::read;
  if (word == "write") return Access::write;
  if (word == "device") return Access::device;
  throw std::runtime_error("no such access: " + std::string(word));
}

// The words of the command line, one after the other.
class Words {
 public:
  Words(int argc, char** argv) : next_(argv + 1), end_(argv + argc) {}

  std::string_view take() {
    if (next_ == end_) throw std::runtime_error("the orders end too early");
    return *next_++;
  }
  char** rest() const { return next_; }
  bool done() const { return next_ == end_; }

 private:
  char** next_;
  char** end_;
};

// True if `word` was one of DIRECT, which then is read.
bool read_direct(std::string_view word, Words& words, std::optional<DirectOrders>& direct) {
  if (word == "--direct") {
    direct.emplace().folder = words.take();
    return true;
  }
  if (!direct) return false;
  if (word == "--group") {
    direct->group = number_from<gid_t>(words.take());
  } else if (word == "--processes") {
    direct->processes = number_from<rlim_t>(words.take());
  } else if (word == "--access") {
    const std::string_view path = words.take();
    direct->access.push_back({std::string(path), access_from(words.take())});
  } else if (word == "--host-network") {
    direct->tcp = TcpUse::any;
    direct->watch.may_send_files = true;
  } else if (word == "--memory") {
    direct->watch.memory_bytes = number_from<std::int64_t>(words.take());
  } else if (word == "--scratch") {
    direct->watch.folders.emplace_back(words.take());
    direct->watch.scratch_bytes += number_from<std::int64_t>(words.take());
  } else if (word == "--collect") {
    direct->collected = words.take();
  } else {
    return false;
  }
  return true;
}

MemoryFolder memory_folder_from(Words& words) {
  const std::string_view folder = words.take();
  return {.folder = std::string(folder), .bytes = number_from<std::size_t>(words.take())};
}

}  // namespace

LaunchOrders read_orders(int argc, char** argv) {
  LaunchOrders orders;
  Words words(argc, argv);
  for (std::string_view word = words.take(); word != "--"; word = words.take()) {
    if (word == "--parent") {
      orders.parent = number_from<pid_t>(words.take());
    } else if (word == "--cgroup") {
      orders.cgroups.emplace_back(words.take());
    } else if (word == "--memory-events") {
      orders.memory_cgroup = words.take();
    } else if (word == "--mount") {
      const std::string_view source = words.take();
      const std::string_view target = words.take();
      orders.mounts.push_back({std::string(source), std::string(target), kind_from(words.take())});
    } else if (word == "--scratch-memory") {
      orders.scratch = memory_folder_from(words);
    } else if (word == "--output") {
      orders.output = OutputOrder{memory_folder_from(words)};
    } else if (word == "--hand-out" && orders.output) {
      orders.output->is_handed_out = true;
    } else if (word == "--limit") {
      const int resource = resource_from(words.take());
      orders.limits.push_back({resource, number_from<rlim_t>(words.take())});
    } else if (word == "--id") {
      orders.own_id = number_from<uid_t>(words.take());
    } else if (!read_direct(word, words, orders.direct)) {
      throw std::runtime_error("no such order: " + std::string(word));
    }
  }
  if (words.done()) throw std::runtime_error("no program to run");
  if (orders.parent < 1) throw std::runtime_error("--parent is missing");
  if (orders.own_id == uid_t{0}) throw std::runtime_error("--id 0: a plugin never runs as root");
  orders.command = words.rest();
  return orders;
}

}  // namespace orc::launch
