#include "launch/run_watch.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits.h>
#include <stdexcept>
#include <unistd.h>
#include <utility>

#include "launch/process_view.h"
#include "launch/run_files.h"

namespace orc::launch {
namespace {

// What several processes share is counted once only by the slower way, which is taken if the quick one says too much.
bool uses_too_much_memory(const WatchOrders& orders, const std::vector<pid_t>& threads) {
  std::int64_t at_most = 0;
  for (const pid_t thread : threads) at_most += memory_at_most(thread);
  if (at_most <= orders.memory_bytes) return false;
  std::int64_t exactly = 0;
  for (const pid_t thread : threads) exactly += memory_exactly(thread);
  return exactly > orders.memory_bytes;
}

// As the kernel shows it where a file in it is mapped.
std::string name_of(int folder) {
  char name[PATH_MAX];
  const ssize_t size = readlink(("/proc/self/fd/" + std::to_string(folder)).c_str(), name, sizeof name);
  if (size < 0) throw std::runtime_error(std::string("cannot name a folder of the run: ") + std::strerror(errno));
  return {name, static_cast<std::size_t>(size)};
}

}  // namespace

RunWatch::RunWatch(const WatchOrders& orders) : orders_(orders) {
  for (const std::string& folder : orders.folders) {
    folders_.push_back(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (folders_.back() < 0) throw std::runtime_error("cannot open " + folder + ": " + std::strerror(errno));
    names_.push_back(name_of(folders_.back()));
  }
}

std::optional<Excess> RunWatch::look(const std::vector<pid_t>& processes) {
  std::vector<pid_t> threads;
  for (const pid_t process : processes)
    if (const auto thread = living_thread(process)) threads.push_back(*thread);
  if (orders_.memory_bytes > 0 && uses_too_much_memory(orders_, threads)) return Excess::memory;
  if (folders_.empty()) return {};
  RunFiles files;
  for (const int folder : folders_) {
    const int top = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return Excess::scratch;  // the run has closed it to itself and to us
    files.add_folder(top);
  }
  files.add_nameless(threads);
  if (orders_.may_send_files) files.look_for_sent(threads);
  // A process may have been in the moment of its exec, or have made and mapped a file since others were counted. Who hides only at times is
  // counted at the others.
  const bool hid_before = std::exchange(hides_, files.hide() || files.map_uncounted(threads, names_));
  const bool hides = hides_ && hid_before;
  if (hides || files.are_too_many() || files.bytes() > orders_.scratch_bytes) return Excess::scratch;
  return {};
}

}  // namespace orc::launch
