#include "adapters/sandbox/package_cache.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

#include "adapters/sandbox/on_executor.h"
#include "adapters/system/file_descriptor.h"

namespace orc {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

// Folders that are being filled or removed start so; a crash leaves them, and nothing else that is not whole.
constexpr std::string_view unfinished_prefix = ".";

std::uint64_t bytes_in(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (!entry.is_symlink() && entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

// The name must not reach the disk before what it stands for.
void write_through(const fs::path& folder) {
  const FileDescriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open() || syncfs(descriptor.get()) != 0)
    throw fs::filesystem_error("cannot write through", folder, std::error_code(errno, std::generic_category()));
}

}  // namespace

PackageCache::PackageCache(asio::any_io_executor executor, asio::any_io_executor files, Settings settings, BlobReader& blobs, Unpack unpack)
    : executor_(std::move(executor)), files_(std::move(files)), settings_(std::move(settings)), blobs_(blobs), unpack_(std::move(unpack)) {}

Result<PackageCache::Entries> PackageCache::read_folder() const {
  try {
    fs::create_directories(settings_.folder);
    Entries entries;
    std::vector<fs::path> unfinished;
    for (const auto& entry : fs::directory_iterator(settings_.folder)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(unfinished_prefix)) unfinished.push_back(entry.path());
      if (const auto hash = content_hash_from_hex(name))
        entries.emplace(*hash, std::make_shared<UnpackedPackage>(UnpackedPackage{entry.path(), bytes_in(entry.path())}));
    }
    for (const fs::path& path : unfinished) fs::remove_all(path);
    return entries;
  } catch (const fs::filesystem_error& error) {
    return fail(ErrorCode::unavailable, std::string("cannot read the unpacked packages: ") + error.what());
  }
}

Result<PackageLease> PackageCache::unpack_into_place(ContentHash hash, std::string_view archive) const {
  const fs::path place = settings_.folder / to_hex(hash);
  const fs::path filling = settings_.folder / (std::string(unfinished_prefix) + to_hex(hash));
  try {
    fs::remove_all(filling);
    fs::create_directories(filling);
    fs::permissions(filling, fs::perms(0755));
    if (auto unpacked = unpack_(archive, filling); !unpacked) {
      fs::remove_all(filling);
      return pass_on(unpacked);
    }
    const std::uint64_t bytes = bytes_in(filling);
    write_through(filling);
    fs::rename(filling, place);
    return std::make_shared<UnpackedPackage>(UnpackedPackage{place, bytes});
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove_all(filling, ignored);
    return fail(ErrorCode::unavailable, std::string("cannot unpack a package: ") + error.what());
  }
}

Async<PackageLease> PackageCache::get(ContentHash hash) {
  for (;;) {
    if (const auto found = entries_.find(hash); found != entries_.end()) {
      last_use_[hash] = ++uses_;
      co_return found->second;
    }
    const auto arriving = arriving_.find(hash);
    if (arriving == arriving_.end()) break;
    const auto arrival = arriving->second;
    [[maybe_unused]] const auto [woken] = co_await arrival->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  const auto arrival = std::make_shared<asio::steady_timer>(executor_, asio::steady_timer::time_point::max());
  arriving_[hash] = arrival;
  // Whatever is thrown: whoever waits tries it anew.
  const std::unique_ptr<void, std::function<void(void*)>> over(this, [this, hash, arrival](void*) {
    arriving_.erase(hash);
    arrival->cancel();
  });
  co_return co_await fetch(hash);
}

Async<PackageLease> PackageCache::fetch(ContentHash hash) {
  if (!folder_read_) {
    auto there = co_await call_on(files_, [this] { return read_folder(); });
    if (!there) co_return pass_on(there);
    if (!folder_read_) entries_.merge(*there);
    folder_read_ = true;
    if (const auto found = entries_.find(hash); found != entries_.end()) {
      last_use_[hash] = ++uses_;
      co_return found->second;
    }
  }
  auto archive = co_await blobs_.get(hash);
  if (!archive) co_return pass_on(archive);
  auto package = co_await call_on(files_, [this, hash, bytes = std::move(*archive)] { return unpack_into_place(hash, bytes); });
  if (!package) co_return package;
  last_use_[hash] = ++uses_;
  entries_[hash] = *package;
  make_room();
  co_return package;
}

void PackageCache::make_room() {
  std::uint64_t bytes = 0;
  for (const auto& [hash, package] : entries_) bytes += package->bytes;
  while (bytes > settings_.bytes_max) {
    auto oldest = entries_.end();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->second.use_count() > 1) continue;
      if (oldest == entries_.end() || last_use_[entry->first] < last_use_[oldest->first]) oldest = entry;
    }
    if (oldest == entries_.end()) return;
    bytes -= oldest->second->bytes;
    const fs::path leaving = settings_.folder / (std::string(unfinished_prefix) + "old-" + to_hex(oldest->first));
    // In order with later unpacking of the same one, as files_ does one thing at a time. What cannot be removed now goes at the next start.
    asio::post(files_, [from = oldest->second->folder, leaving] {
      std::error_code ignored;
      fs::rename(from, leaving, ignored);
      fs::remove_all(leaving, ignored);
    });
    last_use_.erase(oldest->first);
    entries_.erase(oldest);
  }
}

}  // namespace orc
