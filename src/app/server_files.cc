#include "app/server_files.h"

#include <unistd.h>

#include "adapters/json/json_writer.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

constexpr const char* endpoints_name = "endpoints.json";
constexpr const char* command_line_name = "cli.json";

Result<void> remove_file(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) return fail(ErrorCode::unavailable, system_words(path, error.value()));
  return {};
}

}  // namespace

Result<void> write_endpoints_file(const std::filesystem::path& data_dir, const Endpoints& endpoints) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  if (endpoints.api) json.member("api", *endpoints.api);
  if (endpoints.registry) json.member("registry", *endpoints.registry);
  if (endpoints.grpc) json.member("grpc", *endpoints.grpc);
  json.member("pid", std::int64_t{getpid()});
  json.end_object();
  text += '\n';
  return write_file(data_dir / endpoints_name, text, 0644);
}

Result<void> write_command_line_file(const std::filesystem::path& data_dir, const std::string& url, const std::string& api_key) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("url", url);
  json.member("api_key", api_key);
  json.end_object();
  text += '\n';
  return write_file(data_dir / command_line_name, text, 0600);
}

Result<void> remove_server_files(const std::filesystem::path& data_dir) {
  if (auto removed = remove_file(data_dir / endpoints_name); !removed) return removed;
  return remove_file(data_dir / command_line_name);
}

}  // namespace orc
