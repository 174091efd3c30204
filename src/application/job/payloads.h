#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/job/job.h"
#include "ports/blob_store.h"

namespace orc {

// Payloads decides where a user's bytes live: short ones in their row, long ones in the blob store.
class Payloads {
 public:
  explicit Payloads(BlobStore& blobs) : blobs_(blobs) {}

  // Durable, if it went to the blob store. Errors: unavailable.
  Async<Payload> keep(std::string text);

  // Whether keep() would put it into the blob store.
  static bool is_long(std::string_view text) { return text.size() > Payload::inline_bytes_max; }

  // Puts long texts into the blob store, together. Gives their hashes, in the same order. Borrows the texts until it returns.
  // Errors: unavailable.
  Async<std::vector<ContentHash>> keep_long(std::vector<std::string_view> texts);

  // The bytes again. Errors: not_found, internal, unavailable: the blob store's.
  Async<std::string> text_of(Payload payload);

  // Replaces what `job` keeps in the blob store by the bytes themselves.
  Async<void> resolve(Job& job);

 private:
  BlobStore& blobs_;
};

}  // namespace orc
