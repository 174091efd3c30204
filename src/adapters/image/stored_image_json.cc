#include "adapters/image/stored_image_json.h"

#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

void write_list(JsonWriter& json, std::string_view name, const std::vector<std::string>& list) {
  json.key(name).begin_array();
  for (const std::string& one : list) json.value(one);
  json.end_array();
}

std::vector<std::string> list_of(const JsonValue& root, std::string_view name) {
  std::vector<std::string> list;
  if (const auto member = root.find(name))
    for (const JsonValue one : member->elements()) list.push_back(one.as_string().value_or(""));
  return list;
}

std::string text_at(const JsonValue& root, std::string_view name) {
  const auto member = root.find(name);
  return member ? member->as_string().value_or("") : "";
}

std::int64_t number_at(const JsonValue& root, std::string_view name) {
  const auto member = root.find(name);
  return member ? member->as_int64().value_or(0) : 0;
}

}  // namespace

std::string to_json(const StoredImage& image) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("digest", image.digest);
  write_list(json, "names", image.names);
  write_list(json, "other_digests", image.other_digests);
  write_list(json, "entrypoint", image.config.entrypoint);
  write_list(json, "command", image.config.command);
  json.key("environment").begin_object();
  for (const auto& [name, value] : image.config.environment) json.member(name, value);
  json.end_object();
  json.member("working_folder", image.config.working_folder);
  json.member("bytes", image.bytes);
  json.member("files", image.files);
  json.member("left_out", image.left_out);
  json.member("imported_at", std::int64_t{image.imported_at.time_since_epoch().count()});
  json.end_object();
  return text;
}

Result<StoredImage> read_stored_image(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  if (!document || !document->root().is_object()) return fail(ErrorCode::internal, "the note beside an image cannot be read");
  const JsonValue root = document->root();
  StoredImage image;
  image.digest = text_at(root, "digest");
  image.names = list_of(root, "names");
  image.other_digests = list_of(root, "other_digests");  // none in a note of an older version
  image.config.entrypoint = list_of(root, "entrypoint");
  image.config.command = list_of(root, "command");
  if (const auto environment = root.find("environment"))
    for (const JsonMember member : environment->members())
      image.config.environment[member.key.string()] = member.value.as_string().value_or("");
  image.config.working_folder = text_at(root, "working_folder");
  image.bytes = static_cast<std::uint64_t>(number_at(root, "bytes"));
  image.files = static_cast<std::uint64_t>(number_at(root, "files"));
  image.left_out = static_cast<std::uint64_t>(number_at(root, "left_out"));
  image.imported_at = std::chrono::sys_seconds(std::chrono::seconds(number_at(root, "imported_at")));
  return image;
}

}  // namespace orc
