#include "app/copied_blobs.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "adapters/blob_store/blob_folder.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

constexpr std::size_t blobs_at_once = 1000;
constexpr std::size_t note_bytes_max = 4096;

// A coroutine where no I/O thread runs yet.
template <typename T>
Result<T> run_here(Async<T> task) {
  boost::asio::io_context io{1};
  auto done = boost::asio::co_spawn(io, std::move(task), boost::asio::use_future);
  io.run();
  return done.get();
}

}  // namespace

Result<std::size_t> copy_blobs_of_folder(const std::filesystem::path& folder, BlobStore& store, const std::string& database,
                                         Digest& digest) {
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) return 0;
  const auto note = folder / ("copied-" + to_hex(digest.sha256("blobs of " + database)));
  auto noted = read_file(note, note_bytes_max);
  if (noted) return 0;
  if (noted.error().code != ErrorCode::not_found) return pass_on(noted);
  auto blobs = BlobFolder::open(folder);
  if (!blobs) return pass_on(blobs);
  std::size_t count = 0;
  for (ContentHash after{};;) {
    auto hashes = (*blobs)->older_than(Timestamp::max(), after, blobs_at_once);
    if (!hashes) return pass_on(hashes);
    if (hashes->empty()) break;
    after = hashes->back();
    for (const ContentHash& hash : *hashes) {
      auto bytes = (*blobs)->get(hash);
      if (!bytes) return pass_on(bytes);
      // One that is damaged stays where it is, under a hash that nobody asks for.
      if (auto put = run_here(store.put(std::move(*bytes))); !put) return pass_on(put);
      ++count;
    }
  }
  if (auto written = write_file(note, "The blobs here are in the database.\n", 0600); !written) return pass_on(written);
  return count;
}

}  // namespace orc
