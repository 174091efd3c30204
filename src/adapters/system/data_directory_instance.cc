#include "adapters/system/data_directory_instance.h"

#include <cerrno>
#include <sys/stat.h>

#include "adapters/system/file_text.h"

namespace orc {
namespace {

constexpr std::size_t instance_bytes = 16;
constexpr std::size_t file_bytes_max = 4096;

}  // namespace

Result<std::string> load_instance(const std::filesystem::path& directory, RandomSource& random) {
  struct stat status{};
  if (::stat(directory.c_str(), &status) != 0) return fail(ErrorCode::unavailable, system_words(directory, errno));
  const std::string place = " of inode " + std::to_string(status.st_ino) + "\n";
  const auto path = directory / "instance";
  const auto kept = read_file(path, file_bytes_max);
  if (!kept && kept.error().code == ErrorCode::unavailable) return kept;
  if (kept && kept->size() == 2 * instance_bytes + place.size() && kept->ends_with(place)) return kept->substr(0, 2 * instance_bytes);
  std::string made = random.token(instance_bytes);
  if (auto written = write_file(path, made + place, 0600); !written) return pass_on(written);
  return made;
}

}  // namespace orc
