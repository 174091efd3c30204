#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "app/equipment_settings.h"
#include "app/setting_readers.h"
#include "domain/result.h"

namespace orc {

// The settings of `orc runner` as they were typed.
struct RawRunnerSettings {
  std::string api;
  std::string ca_file;
  std::string token;
  std::string token_file;
  std::string name;     // empty: host:pid
  std::string workers;  // empty: cores
  RawEquipment equipment;
  std::string data_dir;
  std::string isolation = "strict";
  std::string isolation_most = "strict";
  std::string sandbox_uids = "auto";
  std::string runtime = "sandbox";
  std::string docker_socket = std::string(default_docker_socket);
  std::string stop_seconds = "30";
  std::string log_level = "info";
};

struct RunnerSettings {
  std::string api;
  std::string ca_file;  // of the authorities that vouch for an API of https; empty: the host's
  std::string token;
  std::string name;
  int workers = 1;
  Equipment equipment;
  std::filesystem::path data_dir;
  IsolationRange isolation;
  std::optional<SandboxUids> sandbox_uids;
  std::string docker_socket;  // of the engine that runs images; empty: the sandbox gets them
  std::chrono::seconds stop_grace{30};
  LogLevel log_level = LogLevel::info;
};

// Errors: invalid_argument: one sentence that names the bad setting and what would be good. Never shows the token.
Result<RunnerSettings> validate(const RawRunnerSettings& raw);

}  // namespace orc
