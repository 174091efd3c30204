#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace orc::launch {

struct WatchOrders {
  std::int64_t memory_bytes = 0;   // of all processes together
  std::int64_t scratch_bytes = 0;  // of all files in `folders`, and of those that are open but have no name any more
  std::vector<std::string> folders;
  bool may_send_files = false;  // over sockets: those on their way, which no process holds, count as hidden
};

enum class Excess { memory, scratch };

// RunWatch looks whether a run uses more than it may just now, where no cgroup and no tmpfs holds it. Asked again and again; what happens
// in between is held by resource limits, which count each process and each file alone. What a run hides, at two looks one after the other,
// counts as too much. That all threads of a process have the same descriptors is the filter's work, and so it is that none are on their way
// in sockets, unless the orders say that they may be.
class RunWatch {
 public:
  // Opens the folders as whoever the caller is now; later it may look as somebody else. Throws std::runtime_error if it cannot.
  explicit RunWatch(const WatchOrders& orders);
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;

  std::optional<Excess> look(const std::vector<pid_t>& processes);

 private:
  const WatchOrders& orders_;
  std::vector<int> folders_;  // open until this process ends
  std::vector<std::string> names_;
  bool hides_ = false;  // something, when it was looked at last
};

}  // namespace orc::launch
