#include "app/runner_settings.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace orc {
namespace {

constexpr std::size_t name_length_max = 200;  // docs/worker_protocol.md

std::string default_runner_dir() {
  if (geteuid() == 0) return "/var/lib/orc-runner";
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state) return std::string(state) + "/orc-runner";
  if (const char* home = std::getenv("HOME"); home && *home) return std::string(home) + "/.local/state/orc-runner";
  return "orc-runner-data";
}

// A scheme may be spelt in capitals.
bool is_https(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  return std::ranges::equal(url.substr(0, scheme.size()), scheme, [](char given, char ours) { return (given | 0x20) == (ours | 0x20); });
}

Result<std::string> read_token(const RawRunnerSettings& raw) {
  if (raw.token_file.empty()) {
    if (raw.token.empty())
      return fail(ErrorCode::invalid_argument, "no key: give one of scope worker with --token-file FILE, or in ORC_TOKEN");
    if (auto good = check_secret("--token (ORC_TOKEN)", raw.token); !good) return pass_on(good);
    return raw.token;
  }
  std::ifstream file(raw.token_file);
  std::string token;
  if (!std::getline(file, token) || token.empty())
    return fail(ErrorCode::invalid_argument,
                "--token-file (ORC_TOKEN_FILE): " + raw.token_file + " cannot be read, or its first line is empty");
  while (!token.empty() && (token.back() == '\r' || token.back() == ' ')) token.pop_back();
  if (auto good = check_secret("the first line of --token-file (ORC_TOKEN_FILE)", token); !good) return pass_on(good);
  return token;
}

}  // namespace

Result<RunnerSettings> validate(const RawRunnerSettings& raw) {
  RunnerSettings settings;
  if (raw.api.empty()) return fail(ErrorCode::invalid_argument, "no server: give its URL with --api, such as http://127.0.0.1:5900");
  settings.api = raw.api;
  if (!raw.ca_file.empty() && !is_https(raw.api))
    return bad_setting("--ca-file (ORC_CA_FILE)", raw.ca_file, "given with an --api of https, whose certificate it is for");
  settings.ca_file = raw.ca_file;
  auto token = read_token(raw);
  if (!token) return pass_on(token);
  settings.token = std::move(*token);
  if (raw.name.size() > name_length_max) return bad_setting("--name (ORC_RUNNER_NAME)", raw.name, "at most 200 bytes long");
  settings.name = raw.name;
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  const auto workers = number_between("--workers (ORC_WORKERS)", raw.workers.empty() ? std::to_string(cores) : raw.workers, 1, workers_max);
  if (!workers) return std::unexpected(workers.error());
  settings.workers = static_cast<int>(*workers);
  auto equipment = validate(raw.equipment, equipment_names_of_runner);
  if (!equipment) return pass_on(equipment);
  settings.equipment = std::move(*equipment);
  settings.data_dir = raw.data_dir.empty() ? default_runner_dir() : raw.data_dir;
  const auto isolation = parse_isolation(raw.isolation, raw.isolation_most);
  if (!isolation) return std::unexpected(isolation.error());
  settings.isolation = *isolation;
  const auto uids = parse_uids(raw.sandbox_uids);
  if (!uids) return std::unexpected(uids.error());
  settings.sandbox_uids = *uids;
  auto docker_socket = parse_runtime(raw.runtime, raw.docker_socket);
  if (!docker_socket) return pass_on(docker_socket);
  settings.docker_socket = std::move(*docker_socket);
  const auto grace = number_between("--stop-seconds (ORC_STOP_SECONDS)", raw.stop_seconds, 0, 86'400);
  if (!grace) return std::unexpected(grace.error());
  settings.stop_grace = std::chrono::seconds{*grace};
  const auto level = parse_log_level(raw.log_level);
  if (!level) return std::unexpected(level.error());
  settings.log_level = *level;
  return settings;
}

}  // namespace orc
