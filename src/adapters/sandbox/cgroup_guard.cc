#include "adapters/sandbox/cgroup_guard.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/wait.h>

#include "adapters/sandbox/child_process.h"

namespace orc {

Result<std::unique_ptr<CgroupGuard>> CgroupGuard::start(const std::filesystem::path& launcher,
                                                        const std::vector<std::filesystem::path>& folders) {
  auto life = make_pipe();
  if (!life) return pass_on(life);
  // It speaks to nobody: an output of ours that it held would seem open to whoever reads it.
  const FileDescriptor nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nowhere.is_open()) return fail(ErrorCode::unavailable, "cannot open /dev/null");
  std::vector<std::string> words = {launcher.string(), "--guard"};
  for (const auto& folder : folders) words.push_back(folder.string());
  const std::array descriptors = {life->read_end.get(), nowhere.get(), nowhere.get()};
  auto process = start_process(words, descriptors);
  if (!process) return pass_on(process);
  return std::unique_ptr<CgroupGuard>(new CgroupGuard(std::move(life->write_end), *process));
}

CgroupGuard::~CgroupGuard() {
  life_.close();
  while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {}
}

}  // namespace orc
