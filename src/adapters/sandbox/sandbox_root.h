#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "domain/result.h"

namespace orc {

enum class MountKind { read_only, device };

// What of the host a plugin sees: `source` there is `target` here.
struct SandboxMount {
  std::filesystem::path source;
  std::string target;  // absolute, as the plugin sees it; exists in the root folder
  MountKind kind;
  bool operator==(const SandboxMount&) const = default;
};

// Makes the folder that becomes the plugins' root: names to mount on, links such as /bin, and an /etc of our own with no user but the
// plugin. Whatever stood there goes. Gives the mounts that fill it, in order, the folder itself as "/" first; the package comes on top.
// Errors: unavailable, if the disk refuses or the host lacks /usr.
Result<std::vector<SandboxMount>> make_sandbox_root(const std::filesystem::path& folder);

// What of the host a run reads that sees its network: how names are resolved there, and which certificates are trusted. Files and folders
// that a host may lack.
std::vector<std::string> network_file_names();

// The mounts that show them, those that are there just now, in a root that make_sandbox_root() made in `root`.
std::vector<SandboxMount> network_files(const std::filesystem::path& root);

// Likewise in the root of an image, which has certificates of its own: how names are resolved, where the image has room for it. An image
// that was unpacked by an earlier release has none.
std::vector<SandboxMount> network_files_of_image(const std::filesystem::path& root);

}  // namespace orc
