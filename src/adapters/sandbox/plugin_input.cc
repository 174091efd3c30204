#include "adapters/sandbox/plugin_input.h"

#include <algorithm>

#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

constexpr std::string_view blob_key = "$blob";
constexpr std::string_view blob_scheme = "sha256:";

struct Reference {
  std::size_t begin;  // of the object in the text
  std::size_t size;
  std::string hash;  // as it came, behind the scheme
};

// Depth is bounded by the parser (JsonLimits), so an explicit stack is enough.
std::vector<Reference> find_references(JsonValue root) {
  std::vector<Reference> found;
  std::vector<JsonValue> left{root};
  while (!left.empty()) {
    const JsonValue value = left.back();
    left.pop_back();
    for (const JsonValue element : value.elements()) left.push_back(element);
    const auto blob = value.size() == 1 ? value.find(blob_key) : std::nullopt;
    const auto text = blob ? blob->as_string() : std::nullopt;
    if (text && text->starts_with(blob_scheme)) {
      found.push_back({value.offset(), value.raw().size(), text->substr(blob_scheme.size())});
      continue;
    }
    for (const JsonMember member : value.members()) left.push_back(member.value);
  }
  std::ranges::sort(found, {}, &Reference::begin);
  return found;
}

}  // namespace

Result<PluginInput> read_plugin_input(std::string text, std::string_view folder) {
  // Most inputs hold no reference and need no second reading; the key may be written with escapes.
  if (!text.contains(blob_key) && !text.contains("\\u")) return PluginInput{.text = std::move(text), .blobs = {}};
  auto document = JsonDocument::parse(text, {.bytes_max = text.size()});
  if (!document) return pass_on(document);
  PluginInput input;
  std::size_t copied = 0;
  for (const Reference& reference : find_references(document->root())) {
    auto hash = content_hash_from_hex(reference.hash);
    if (!hash) return pass_on(hash);
    input.text.append(text, copied, reference.begin - copied);
    append_json_string(input.text, std::string(folder) + "/" + to_hex(*hash));
    copied = reference.begin + reference.size;
    if (std::ranges::find(input.blobs, *hash) == input.blobs.end()) input.blobs.push_back(*hash);
  }
  input.text.append(text, copied);
  return input;
}

}  // namespace orc
