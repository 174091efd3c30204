#include "adapters/rest/blob_references.h"

#include <algorithm>

#include "adapters/json/json_pointer.h"

namespace orc {
namespace {

constexpr std::string_view reference_key = "$blob";

void look_at(JsonValue value, JsonValue root, BlobReferences& found) {
  if (value.is_array()) {
    for (const JsonValue element : value.elements()) look_at(element, root, found);
    return;
  }
  if (!value.is_object()) return;
  const auto reference = value.size() == 1 ? value.find(reference_key) : std::nullopt;
  if (!reference) {
    for (const JsonMember member : value.members()) look_at(member.value, root, found);
    return;
  }
  constexpr std::string_view prefix = "sha256:";
  const std::string text = reference->as_string().value_or("");
  const auto hash = content_hash_from_hex(text.starts_with(prefix) ? std::string_view(text).substr(prefix.size()) : "");
  if (hash) {
    found.hashes.push_back(*hash);
  } else {
    found.malformed.push_back(pointer_to(root, value));
  }
}

}  // namespace

BlobReferences find_blob_references(JsonValue input) {
  BlobReferences found;
  // The name may also hide behind an escape ("\u0024blob"); without either there is nothing to look for.
  if (!input.raw().contains(reference_key) && !input.raw().contains("\\u")) return found;
  look_at(input, input, found);
  std::ranges::sort(found.hashes);
  const auto repeated = std::ranges::unique(found.hashes);
  found.hashes.erase(repeated.begin(), repeated.end());
  return found;
}

}  // namespace orc
