#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

struct stat;

namespace orc::launch {

// RunFiles counts what the files of a run take up just now: those in its folders, and those without a name that its processes hold. Made
// for one look.
class RunFiles {
 public:
  // Everything in the folder, which is closed. Links are not followed.
  void add_folder(int folder) { add_folder(folder, 0); }
  // What these hold open or execute, and has no name any more.
  void add_nameless(const std::vector<pid_t>& threads);

  // Files that are on their way in a socket of these, and so in no process, are hidden.
  void look_for_sent(const std::vector<pid_t>& threads);

  // Whether one of these has mapped a file of those folders that was not counted: then nobody can say how large it is. The folders are
  // named as the kernel does.
  bool map_uncounted(const std::vector<pid_t>& threads, const std::vector<std::string>& folders) const;

  std::int64_t bytes() const { return bytes_; }
  bool are_too_many() const;
  // A folder that cannot be looked into, or is too deep; a process that shows its files to nobody; what look_for_sent() found.
  bool hide() const { return hide_; }

 private:
  void add_folder(int folder, int depth);
  void add(const struct stat& file);
  enum class Shown : bool { to_us, to_nobody };
  Shown add_if_nameless(int folder, const char* name);

  std::int64_t bytes_ = 0;
  std::int64_t entries_ = 0;
  bool hide_ = false;
  std::set<std::pair<dev_t, ino_t>> counted_;  // a file may have several names
};

}  // namespace orc::launch
