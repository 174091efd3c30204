#pragma once

#include <string>
#include <vector>

#include "adapters/json/json_value.h"
#include "domain/payload.h"

namespace orc {

// References to uploaded files inside an input: objects of exactly {"$blob": "sha256:<64 lower-case hexadecimal digits>"} (contract section
// 11).
struct BlobReferences {
  std::vector<ContentHash> hashes;     // each once
  std::vector<std::string> malformed;  // JSON pointers of objects that have "$blob" alone, but not such a value
};

BlobReferences find_blob_references(JsonValue input);

}  // namespace orc
