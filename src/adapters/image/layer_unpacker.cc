#include "adapters/image/layer_unpacker.h"

#include <algorithm>
#include <set>

#include "adapters/package/tar_reader.h"

namespace orc {
namespace {

constexpr std::string_view whiteout_prefix = ".wh.";
constexpr std::string_view opaque_name = ".wh..wh..opq";
constexpr std::size_t depth_max = 256;

std::unexpected<Error> bad(const std::string& path, const std::string& why) {
  return fail(ErrorCode::invalid_argument, "the image's entry '" + path.substr(0, 200) + "' " + why);
}

// Relative, without "." and empty parts; empty: the root itself.
Result<std::string> plain_path(const std::string& given, const ImageLimits& limits) {
  if (given.size() > limits.path_bytes_max)
    return bad(given, "has a path of more than " + std::to_string(limits.path_bytes_max) + " bytes");
  if (given.contains('\0')) return bad(given, "has a path with a NUL in it");
  std::string path;
  std::size_t depth = 0;
  for (std::size_t start = 0; start <= given.size();) {
    const std::size_t end = std::min(given.find('/', start), given.size());
    const std::string_view part = std::string_view(given).substr(start, end - start);
    start = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") return bad(given, "leads out of its folder");
    if (++depth > depth_max) return bad(given, "lies deeper than " + std::to_string(depth_max) + " folders");
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

class LayerUnpacking {
 public:
  LayerUnpacking(TarReader& reader, ImageTree& tree, const ImageLimits& limits, UnpackedAmount& amount)
      : reader_(reader), tree_(tree), limits_(limits), amount_(amount) {}

  Result<void> run() {
    for (;;) {
      auto entry = reader_.next();
      if (!entry) return pass_on(entry);
      if (!*entry) return {};
      if (auto counted = count(1); !counted) return counted;
      auto path = plain_path((*entry)->path, limits_);
      if (!path) return pass_on(path);
      if (auto put = put_one(**entry, *path); !put) return put;
      if (auto counted = count(tree_.take_folders_on_the_way()); !counted) return counted;
    }
  }

 private:
  // What an image puts on the disk, named or not.
  Result<void> count(std::uint64_t entries) {
    amount_.entries += entries;
    if (amount_.entries <= limits_.entries_max) return {};
    return fail(ErrorCode::invalid_argument, "the image has more than " + std::to_string(limits_.entries_max) + " entries");
  }

  Result<void> put_one(const TarEntry& entry, const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash);
    const std::string_view name = std::string_view(path).substr(slash == std::string::npos ? 0 : slash + 1);
    if (name == opaque_name) return tree_.empty_folder(folder, [this](const std::string& one) { return put_.contains(one); });
    if (name.starts_with(whiteout_prefix)) return white_out(entry.path, folder, name.substr(whiteout_prefix.size()));
    if (path.empty()) return {};
    if (put_.insert(path).second) put_bytes_ += path.size();
    if (put_bytes_ > limits_.paths_bytes_max)
      return fail(ErrorCode::invalid_argument,
                  "a layer of the image has paths of more than " + std::to_string(limits_.paths_bytes_max) + " bytes");
    return put(entry, path);
  }

  Result<void> white_out(const std::string& given, const std::string& folder, std::string_view name) {
    if (name.empty() || name == "." || name == "..") return bad(given, "removes nothing that could be there");
    return tree_.remove(folder.empty() ? std::string(name) : folder + "/" + std::string(name));
  }

  Result<void> put(const TarEntry& entry, const std::string& path) {
    switch (entry.kind) {
      case TarKind::folder:
        return tree_.make_folder(path);
      case TarKind::file:
        return tree_.write_file(path, entry.is_executable, [this](std::span<char> part) { return next_bytes(part); });
      case TarKind::symlink:
        if (entry.link_target.empty() || entry.link_target.size() > limits_.path_bytes_max || entry.link_target.contains('\0'))
          return bad(path, "is a link to nothing that could be there");
        return tree_.make_symlink(path, entry.link_target);
      case TarKind::hardlink: {
        auto target = plain_path(entry.link_target, limits_);
        if (!target) return pass_on(target);
        if (target->empty()) return bad(path, "is a link to its own root");
        return tree_.make_hardlink(path, *target);
      }
      case TarKind::other:
        ++amount_.skipped;
        return {};
    }
    return {};
  }

  Result<std::size_t> next_bytes(std::span<char> part) {
    auto size = reader_.read(part);
    if (!size) return size;
    amount_.bytes += *size;
    if (amount_.bytes > limits_.bytes_max)
      return fail(ErrorCode::invalid_argument, "the image has more than " + std::to_string(limits_.bytes_max) + " bytes");
    return size;
  }

  TarReader& reader_;
  ImageTree& tree_;
  const ImageLimits& limits_;
  UnpackedAmount& amount_;
  std::set<std::string> put_;  // by this layer
  std::size_t put_bytes_ = 0;  // of its paths
};

}  // namespace

Result<void> unpack_layer(std::string_view tar, ImageTree& tree, const ImageLimits& limits, UnpackedAmount& amount) {
  auto reader = TarReader::open(tar);
  if (!reader) return pass_on(reader);
  return LayerUnpacking(*reader, tree, limits, amount).run();
}

}  // namespace orc
