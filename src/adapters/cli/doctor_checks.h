#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "domain/job/attempt.h"

namespace orc {

// What one check found about this host.
struct Finding {
  enum class Verdict : std::uint8_t { ok, warn, bad } verdict = Verdict::ok;
  std::string subject;  // "disk"
  std::string found;    // what is there
  std::string advice;   // what to do next; empty if nothing
};

// A real sandbox runs an empty program: namespaces, orc-launch, uids and cgroups in one. Below `least`, which a server demands, nothing
// runs: that is a failure. Nothing without an orc-launch.
std::vector<Finding> check_sandbox(const std::filesystem::path& launcher, Isolation least);
Finding check_launcher(const std::filesystem::path& launcher);

// Free space and the time of one fsync where the data directory is, or will be.
Finding check_space(const std::filesystem::path& data_dir);
Finding check_sync(const std::filesystem::path& data_dir);

Finding check_descriptors();
Finding check_clock();

// Whether the model server of `url` (VLLM_URL) answers; empty: none is named, which is no fault. `ca_file` (ORC_MODEL_CA_FILE): of those
// who vouch for it at https; empty: this host's.
Finding check_model_server(const std::string& url, const std::string& ca_file);

// What the Docker Engine there is and can hold. Its absence is no fault.
Finding check_docker(const std::filesystem::path& socket);

}  // namespace orc
