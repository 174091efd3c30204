#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "domain/result.h"

namespace orc {

// What endpoints.json says (contract section 10): only what is on.
struct Endpoints {
  std::optional<std::string> api;       // http://host:port
  std::optional<std::string> registry;  // http://host:port
  std::optional<std::string> grpc;      // host:port
};

// The files by which others on this host find a running server. They stand in the data folder while the server is ready.
// Errors of all: unavailable, with the system's words.
Result<void> write_endpoints_file(const std::filesystem::path& data_dir, const Endpoints& endpoints);
Result<void> write_command_line_file(const std::filesystem::path& data_dir, const std::string& url, const std::string& api_key);

// Removes both; absent ones are no error.
Result<void> remove_server_files(const std::filesystem::path& data_dir);

}  // namespace orc
