#include "adapters/image/image_config.h"

#include <filesystem>

#include "adapters/image/host_processor.h"
#include "adapters/json/json_document.h"

namespace orc {
namespace {

constexpr std::size_t strings_max = 1'000;
constexpr std::size_t string_bytes_max = 128 * 1024;

std::unexpected<Error> bad_configuration(const std::string& why) {
  return fail(ErrorCode::invalid_argument, "the image's configuration " + why);
}

// What is missing or null is empty.
Result<std::vector<std::string>> strings(std::optional<JsonValue> value, const std::string& name) {
  std::vector<std::string> list;
  if (!value || value->is_null()) return list;
  if (!value->is_array() || value->size() > strings_max)
    return bad_configuration(name + " is no list of at most " + std::to_string(strings_max) + " texts");
  for (const JsonValue one : value->elements()) {
    auto text = one.as_string();
    if (!text || text->contains('\0') || text->size() > string_bytes_max) return bad_configuration(name + " holds what is no text");
    list.push_back(std::move(*text));
  }
  return list;
}

std::string text_of(const JsonValue& object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->as_string().value_or("") : "";
}

Result<void> check_platform(const JsonValue& root) {
  const std::string system = text_of(root, "os");
  const std::string processor = text_of(root, "architecture");
  if (!system.empty() && system != "linux") return bad_configuration("is for " + system + ", not for linux");
  if (!processor.empty() && !host_processor.empty() && processor != host_processor)
    return bad_configuration("is for " + processor + ", and this host is " + std::string(host_processor));
  return {};
}

Result<void> read_environment(std::optional<JsonValue> config, ImageConfig& read) {
  auto entries = strings(config ? config->find("Env") : std::nullopt, "Env");
  if (!entries) return pass_on(entries);
  for (const std::string& entry : *entries) {
    const std::size_t end = entry.find('=');
    if (end == 0 || end == std::string::npos) return bad_configuration("Env holds '" + entry.substr(0, 100) + "', which is no NAME=VALUE");
    read.environment[entry.substr(0, end)] = entry.substr(end + 1);
  }
  return {};
}

}  // namespace

Result<ImageConfig> read_image_config(std::string_view json) {
  const auto document = JsonDocument::parse(json);
  if (!document) return bad_configuration("is no JSON: " + document.error().message);
  const JsonValue root = document->root();
  if (!root.is_object()) return bad_configuration("is no object");
  if (auto fits = check_platform(root); !fits) return pass_on(fits);
  ImageConfig read;
  const auto config = root.find("config");
  if (auto environment = read_environment(config, read); !environment) return pass_on(environment);
  for (auto [name, list] : {std::pair("Entrypoint", &read.entrypoint), std::pair("Cmd", &read.command)}) {
    auto words = strings(config ? config->find(name) : std::nullopt, name);
    if (!words) return pass_on(words);
    *list = std::move(*words);
  }
  if (read.program().empty()) return bad_configuration("names no program: it has neither Entrypoint nor Cmd");
  const auto folder = std::filesystem::path(config ? text_of(*config, "WorkingDir") : "").lexically_normal();
  if (!folder.empty()) read.working_folder = folder.is_absolute() ? folder.string() : "/" + folder.string();
  while (read.working_folder.size() > 1 && read.working_folder.ends_with('/')) read.working_folder.pop_back();
  if (read.working_folder.contains('\0') || read.working_folder.contains("..")) return bad_configuration("has a WorkingDir that is none");
  const auto layers = root.find("rootfs");
  auto digests = strings(layers ? layers->find("diff_ids") : std::nullopt, "rootfs.diff_ids");
  if (!digests) return pass_on(digests);
  read.layer_digests = std::move(*digests);
  return read;
}

}  // namespace orc
