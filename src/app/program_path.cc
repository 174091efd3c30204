#include "app/program_path.h"

namespace orc {

Result<std::filesystem::path> find_launcher() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail(ErrorCode::unavailable, "/proc/self/exe cannot be read: is /proc mounted?");
  const auto folder = program.parent_path();
  std::string tried;
  for (const char* place : {"orc-launch", "../libexec/orc/orc-launch", "../launch/orc-launch"}) {
    const auto path = (folder / place).lexically_normal();
    if (std::filesystem::is_regular_file(path, error)) return path;
    tried += (tried.empty() ? "" : ", ") + path.string();
  }
  return fail(ErrorCode::not_found, "orc-launch, which starts sandboxes, is at none of " + tried + ": install it beside this program");
}

}  // namespace orc
