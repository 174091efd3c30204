#include "adapters/crypto/secret_key.h"

#include <algorithm>
#include <array>
#include <set>
#include <sys/stat.h>

#include "adapters/system/file_text.h"

namespace orc {
namespace {

constexpr std::size_t made_key_bytes = 32;
constexpr std::size_t different_characters_min = 8;

// What examples, tutorials and compose files tell people to replace. A key that holds one of these words is nobody's secret.
constexpr std::array well_known_parts = {
    "change-me",
    "changeme",
    "change_me",
    "change-this",
    "change_this",
    "changethis",
    "change-in-production",
    "your-secret",
    "your_secret",
    "yoursecret",
    "secret-key",
    "secret_key",
    "secretkey",
    "supersecret",
    "super-secret",
    "super_secret",
    "insecure",
    "dev-secret",
    "example",
    "default-key",
    "placeholder",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",  // FastAPI's tutorial
};

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

bool is_well_known(const std::string& key) {
  const std::string small = lower_case(key);
  return std::ranges::any_of(well_known_parts, [&](std::string_view part) { return small.contains(part); });
}

constexpr std::string_view advice =
    "; make one with `openssl rand -hex 32`, or leave SECRET_KEY unset and one is made and kept in the data directory";

Result<void> check(const std::string& key) {
  if (key.size() < secret_key_bytes_min)
    return fail(ErrorCode::invalid_argument, "SECRET_KEY has " + std::to_string(key.size()) +
                                                 " bytes, but a listener beyond loopback needs at least " +
                                                 std::to_string(secret_key_bytes_min) + std::string(advice));
  if (is_well_known(key)) return fail(ErrorCode::invalid_argument, "SECRET_KEY is a well-known default" + std::string(advice));
  if (std::set(key.begin(), key.end()).size() < different_characters_min)
    return fail(ErrorCode::invalid_argument, "SECRET_KEY repeats a few characters and is easily guessed" + std::string(advice));
  return {};
}

Result<std::string> read_kept(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0)
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable, system_words(path, errno));
  if ((status.st_mode & 0077) != 0)
    return fail(ErrorCode::conflict, path.string() + " may be read by others; run: chmod 600 " + path.string());
  auto key = read_file(path, 4096);
  if (key && key->size() < secret_key_bytes_min)
    return fail(ErrorCode::conflict, path.string() + " holds no key; remove it and a new one is made (all logins end then)");
  return key;
}

}  // namespace

Result<std::string> load_secret_key(const std::optional<std::string>& configured, Exposure exposure, const std::filesystem::path& data_dir,
                                    RandomSource& random) {
  if (configured && !configured->empty()) {
    if (exposure == Exposure::network)
      if (auto good = check(*configured); !good) return pass_on(good);
    return *configured;
  }
  const auto path = data_dir / "secret_key";
  auto kept = read_kept(path);
  if (kept || kept.error().code != ErrorCode::not_found) return kept;
  std::string made = random.token(made_key_bytes);
  if (auto written = write_file(path, made, 0600); !written) return pass_on(written);
  return made;
}

}  // namespace orc
