#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "adapters/postgres/parameters.h"
#include "adapters/postgres/rows.h"
#include "adapters/postgres/storable_text.h"
#include "domain/payload.h"

namespace orc::postgres {

// A payload stands in one of three columns: as JSON, so that others can read it; as bytes, if it is none; or as the hash of a blob.
// Borrows the payloads.
struct PayloadColumns {
  void add(const Payload* payload) {
    json.emplace_back();
    bytes.emplace_back();
    blobs.emplace_back();
    if (!payload) return;
    if (payload->blob) {
      blobs.back() = payload->blob;
    } else if (is_storable_json(payload->text)) {
      json.back() = payload->text;
    } else {
      bytes.back() = Bytes{payload->text};
    }
  }

  std::vector<std::optional<std::string_view>> json;
  std::vector<std::optional<Bytes>> bytes;
  std::vector<std::optional<ContentHash>> blobs;
};

// The three columns from `first` on; nothing if all are NULL.
inline std::optional<Payload> read_payload(Row row, int first) {
  if (row.is_null(first) && row.is_null(first + 1) && row.is_null(first + 2)) return {};
  return Payload{.text = row.text(row.is_null(first) ? first + 1 : first), .blob = row.maybe_hash(first + 2)};
}

}  // namespace orc::postgres
