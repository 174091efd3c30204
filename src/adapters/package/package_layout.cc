#include "adapters/package/package_layout.h"

#include <algorithm>

namespace orc {
namespace {

std::unexpected<Error> refuse(std::string what) { return fail(ErrorCode::invalid_argument, "the package " + std::move(what)); }

// A path for a sentence: short, and without characters that a terminal would obey.
std::string shown(std::string_view path) {
  std::string text = "\"";
  for (const char c : path.substr(0, 200)) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return text + (path.size() > 200 ? "…\"" : "\"");
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const auto slash = std::min(path.find('/'), path.size());
    const auto part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.push_back(part);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

std::string joined(const std::vector<std::string_view>& parts) {
  std::string path;
  for (const auto part : parts) path.append(path.empty() ? "" : "/").append(part);
  return path;
}

// The path without "." and double slashes; empty for the folder itself.
Result<std::string> clean_path(std::string_view path, std::size_t bytes_max) {
  if (path.starts_with('/')) return refuse("holds the absolute path " + shown(path));
  if (path.size() > bytes_max)
    return refuse("holds a path of " + std::to_string(path.size()) + " bytes; at most " + std::to_string(bytes_max));
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    return refuse("holds a path with a control character: " + shown(path));
  const auto parts = parts_of(path);
  for (const auto part : parts) {
    if (part == "..") return refuse("holds a path that leaves its folder: " + shown(path));
    if (part.size() > 255) return refuse("holds a name of more than 255 bytes: " + shown(part));
  }
  return joined(parts);
}

// A symlink may climb from its own folder and then go down. ".." after a name could climb out by way of another link, so there is none;
// and since no entry's path runs through a link, the climb starts in a folder that really is so deep.
bool stays_inside(std::string_view path, std::string_view target) {
  if (target.empty() || target.starts_with('/') || target.contains('\0')) return false;
  auto depth = static_cast<std::ptrdiff_t>(parts_of(path).size()) - 1;
  bool went_down = false;
  for (const auto part : parts_of(target)) {
    if (part != "..") {
      went_down = true;
    } else if (went_down || --depth < 0) {
      return false;
    }
  }
  return true;
}

std::unexpected<Error> refuse_link(std::string_view path, std::string_view target) {
  return refuse("holds the link " + shown(path) + " to " + shown(target) +
                ", which is absolute or leaves its folder; write it as ../ as often as needed, then names");
}

}  // namespace

// `path` and the folders above it. Folders may be told again, everything else once.
Result<void> PackageLayout::take_place(const std::string& path, TarKind kind) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const auto [above, is_new] = places_.try_emplace(path.substr(0, slash), TarKind::folder);
    if (above->second != TarKind::folder) return refuse("holds " + shown(path) + ", but " + shown(above->first) + " is no folder");
  }
  const auto [place, is_new] = places_.try_emplace(path, kind);
  if (!is_new && (kind != TarKind::folder || place->second != TarKind::folder)) return refuse("holds " + shown(path) + " twice");
  if (places_.size() > limits_.files_max) return refuse("holds more than " + std::to_string(limits_.files_max) + " files and folders");
  return {};
}

Result<PackageItem> PackageLayout::judge(const TarEntry& entry) {
  if (++entries_ > limits_.files_max) return refuse("holds more than " + std::to_string(limits_.files_max) + " files and folders");
  if (entry.kind == TarKind::other) return refuse("holds " + shown(entry.path) + ", which is a device, a fifo or a socket");
  auto path = clean_path(entry.path, limits_.path_bytes_max);
  if (!path) return pass_on(path);
  PackageItem item{.kind = entry.kind, .path = std::move(*path), .is_executable = entry.is_executable};
  if (item.path.empty()) {
    if (entry.kind != TarKind::folder) return refuse("holds an entry without a name");
    return item;
  }
  if (entry.kind == TarKind::symlink) {
    if (entry.link_target.size() > limits_.path_bytes_max || !stays_inside(item.path, entry.link_target))
      return refuse_link(item.path, entry.link_target);
    item.link_target = entry.link_target;
    symlinks_.push_back({.path = item.path, .target = entry.link_target});
  }
  if (entry.kind == TarKind::hardlink) {
    auto target = clean_path(entry.link_target, limits_.path_bytes_max);
    if (!target) return pass_on(target);
    const auto known = places_.find(*target);
    if (known == places_.end() || known->second != TarKind::file)
      return refuse("holds the hard link " + shown(entry.path) + " to " + shown(entry.link_target) + ", which is no earlier file of it");
    item.link_target = std::move(*target);
  }
  // A hard link is a file like any other to those that come after.
  if (auto taken = take_place(item.path, entry.kind == TarKind::hardlink ? TarKind::file : entry.kind); !taken) return pass_on(taken);
  if (entry.size > limits_.bytes_max - bytes_) return refuse("unpacks to more than " + std::to_string(limits_.bytes_max >> 20) + " MiB");
  return item;
}

Result<void> PackageLayout::count_bytes(std::uint64_t bytes) {
  if (bytes > limits_.bytes_max - bytes_) return refuse("unpacks to more than " + std::to_string(limits_.bytes_max >> 20) + " MiB");
  bytes_ += bytes;
  return {};
}

Result<std::string> PackageLayout::root() const {
  const auto is_file = [this](const std::string& path) {
    const auto place = places_.find(path);
    return place != places_.end() && place->second == TarKind::file;
  };
  if (is_file("plugin.json")) return "";
  if (places_.empty()) return refuse("is empty");
  const std::string first = places_.begin()->first.substr(0, places_.begin()->first.find('/')) + "/";
  const bool is_single =
      std::ranges::all_of(places_, [&](const auto& place) { return place.first.starts_with(first) || place.first + "/" == first; });
  if (!is_single || !is_file(first + "plugin.json")) return refuse("has no plugin.json in its folder");
  for (const auto& link : symlinks_)  // one folder less to climb
    if (!stays_inside(std::string_view(link.path).substr(first.size()), link.target)) return refuse_link(link.path, link.target);
  return first;
}

}  // namespace orc
