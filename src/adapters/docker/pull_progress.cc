#include "adapters/docker/pull_progress.h"

#include <utility>

#include "adapters/docker/engine_words.h"
#include "adapters/json/json_document.h"

namespace orc {
namespace {

std::string text_of(JsonValue object, std::string_view key) {
  const auto value = object.find(key);
  return value ? value->as_string().value_or("") : "";
}

std::string megabytes(std::int64_t bytes) { return std::to_string(bytes / 1'000'000) + "." + std::to_string(bytes / 100'000 % 10); }

}  // namespace

Result<void> PullProgress::add(std::string_view bytes, const TellLine& tell) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + part.size() > line_bytes_max)
      return fail(ErrorCode::unavailable, "Docker tells of a pull in a line of more than " + std::to_string(line_bytes_max) + " bytes");
    line_ += part;
    if (end == std::string_view::npos) break;
    bytes.remove_prefix(end + 1);
    if (auto read_well = read(std::exchange(line_, {}), tell); !read_well) return pass_on(read_well);
  }
  return {};
}

Result<void> PullProgress::read(std::string_view line, const TellLine& tell) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return {};
  const auto document = JsonDocument::parse(line);
  if (!document)
    return fail(ErrorCode::unavailable, "Docker tells of a pull in a line that is no JSON: " + bounded_words(line.substr(0, 100)));
  if (const std::string error = text_of(document->root(), "error"); !error.empty())
    return fail(kind_of_failed_pull(error), "Docker says: " + bounded_words(error));
  retell(document->root(), tell);
  return {};
}

void PullProgress::retell(JsonValue said, const TellLine& tell) {
  const std::string status = text_of(said, "status");
  const std::string id = text_of(said, "id");
  if (status.empty() || lines_ >= lines_max) return;
  std::string line = id.empty() ? status : id + ": " + status;
  if (!id.empty()) {
    if (!layers_.contains(id) && layers_.size() >= layers_max) return;
    Layer& layer = layers_[id];
    const auto detail = said.find("progressDetail");
    const auto current = detail ? detail->find("current") : std::nullopt;
    const auto total = detail ? detail->find("total") : std::nullopt;
    const std::int64_t done = current ? current->as_int64().value_or(0) : 0;
    const std::int64_t whole = total ? total->as_int64().value_or(0) : 0;
    const bool counts = done >= 0 && whole > 0 && done <= whole;
    const std::int64_t quarters = counts ? static_cast<std::int64_t>(static_cast<double>(done) / static_cast<double>(whole) * 4) : 0;
    if (layer.status == status && quarters <= layer.quarters) return;
    layer = {.status = status, .quarters = quarters};
    if (counts) line += " " + megabytes(done) + " of " + megabytes(whole) + " MB";
  }
  ++lines_;
  tell(bounded_words(line));
}

}  // namespace orc
