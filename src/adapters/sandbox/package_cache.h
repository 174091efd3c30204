#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string_view>

#include "domain/payload.h"
#include "ports/blob_store.h"

namespace orc {

// Unpacks a plugin's archive into an existing empty folder; adapters/package/package_unpacker.h.
using Unpack = std::function<Result<void>(std::string_view archive, const std::filesystem::path& into)>;

// An unpacked package. It stays as long as somebody holds it.
struct UnpackedPackage {
  std::filesystem::path folder;
  std::uint64_t bytes;
};
using PackageLease = std::shared_ptr<const UnpackedPackage>;

// PackageCache keeps packages unpacked under <folder>/<hash>, which appear whole or not at all. Readable by everybody, writable by the
// service alone. When there are more bytes than the limit, those unused for longest go; what is in use stays whatever it takes.
// All on `executor`, which runs one handler at a time; files are touched on `files`, which must run one at a time too.
class PackageCache {
 public:
  struct Settings {
    std::filesystem::path folder;
    std::uint64_t bytes_max;
  };
  PackageCache(boost::asio::any_io_executor executor, boost::asio::any_io_executor files, Settings settings, BlobReader& blobs,
               Unpack unpack);

  // The package whose archive has this hash; unpacked now if it is not there yet, once however many ask.
  // Errors: the blob store's; invalid_argument for what is no package; unavailable if the disk refuses.
  Async<PackageLease> get(ContentHash hash);

 private:
  using Entries = std::map<ContentHash, PackageLease>;

  Async<PackageLease> fetch(ContentHash hash);
  Result<PackageLease> unpack_into_place(ContentHash hash, std::string_view archive) const;
  Result<Entries> read_folder() const;
  void make_room();

  // Constant after construction.
  const boost::asio::any_io_executor executor_;
  const boost::asio::any_io_executor files_;
  const Settings settings_;
  BlobReader& blobs_;
  const Unpack unpack_;

  // Only touched on executor_.
  bool folder_read_ = false;
  Entries entries_;
  std::map<ContentHash, std::uint64_t> last_use_;  // a count of uses, not a time
  std::uint64_t uses_ = 0;
  std::map<ContentHash, std::shared_ptr<boost::asio::steady_timer>> arriving_;  // whoever waits is woken by its cancellation
};

}  // namespace orc
