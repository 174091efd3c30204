#include "adapters/cli/blob_upload.h"

#include "adapters/cli/job_view.h"
#include "adapters/cli/progress_line.h"
#include "adapters/crypto/sha256_digest.h"
#include "adapters/system/file_text.h"
#include "application/job/upload_blob.h"

namespace orc {

Outcome<std::string> upload_file(ClientContext& context, ApiClient& client, const std::string& file) {
  const auto bytes = read_file(file, blob_bytes_max);
  if (!bytes && bytes.error().code == ErrorCode::resource_exhausted)
    return stop_with(ExitCode::usage, printable(file) + " is larger than the " + words_of_bytes(std::to_string(blob_bytes_max)) +
                                          " that an uploaded file may have");
  if (!bytes) return stop_with(ExitCode::usage, printable(bytes.error().message));
  ProgressLine line(context);
  line.show("uploading " + file + ", " + words_of_bytes(std::to_string(bytes->size())));
  const std::string hash = to_hex(Sha256Digest().sha256(*bytes));
  const auto kept = client.put_large("/api/v1/blobs/" + hash, *bytes, "application/octet-stream");
  if (!kept) return std::unexpected(kept.error());
  return R"({"$blob":"sha256:)" + hash + "\"}";
}

}  // namespace orc
