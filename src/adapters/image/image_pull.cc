#include "adapters/image/image_pull.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace orc {
namespace {

enum class SaidWords : std::uint8_t { shown, dropped };

Result<int> run_and_wait(std::vector<std::string> words, SaidWords said) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (said == SaidWords::dropped) posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t process = 0;
  const int reason = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (reason == ENOENT)
    return fail(ErrorCode::unavailable, "skopeo is missing: apt-get install skopeo, or bring the image as a file with orc image import");
  if (reason != 0) return fail(ErrorCode::unavailable, std::string("cannot start skopeo: ") + std::strerror(reason));
  int status = 0;
  while (waitpid(process, &status, 0) < 0)
    if (errno != EINTR) return fail(ErrorCode::unavailable, std::string("cannot wait for skopeo: ") + std::strerror(errno));
  return status;
}

bool ended_well(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

// Not every program takes a tag beside a digest.
std::string source_of(const ImageReference& reference) {
  if (reference.digest.empty()) return "docker://" + reference.name();
  return "docker://" + reference.host + "/" + reference.path + "@" + reference.digest;
}

}  // namespace

Result<void> pull_image(const ImageReference& reference, RegistryAccess access, const std::filesystem::path& folder) {
  // Asked of skopeo itself, since one before 1.5 (2021) knows no such option and would do nothing at all.
  const std::string as_it_is = "--preserve-digests";
  const auto knows = run_and_wait({"skopeo", "copy", as_it_is, "--help"}, SaidWords::dropped);
  if (!knows) return std::unexpected(knows.error());
  std::vector<std::string> words = {"skopeo", "copy"};
  if (ended_well(*knows)) words.push_back(as_it_is);
  if (access == RegistryAccess::plain_http) words.emplace_back("--src-tls-verify=false");
  words.push_back(source_of(reference));
  words.push_back("oci:" + folder.string() + ":image");
  const auto status = run_and_wait(std::move(words), SaidWords::shown);
  if (!status) return std::unexpected(status.error());
  if (ended_well(*status)) return {};
  return fail(ErrorCode::unavailable, "skopeo could not fetch " + reference.canonical() + "; what it says stands above");
}

}  // namespace orc
