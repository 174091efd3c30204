#pragma once

#include <filesystem>
#include <string>

#include "domain/plugin/image_reference.h"
#include "domain/result.h"

namespace orc {

enum class RegistryAccess : std::uint8_t { tls, plain_http };

// Fetches an image from its registry into `folder` as an OCI layout, by skopeo as a child process, whose progress goes to our standard
// error, and whose login is that of `skopeo login`. Blocks until it has ended. The reference is never read as an option: it was parsed, and
// comes behind "docker://". A digest in it is held by skopeo against the bytes; what comes is the image of this host's processor with the
// registry's own digest - but for a manifest of Docker's kind at a skopeo before 1.5, which writes it anew.
// Errors: unavailable, if there is no skopeo, or it ended otherwise than well.
Result<void> pull_image(const ImageReference& reference, RegistryAccess access, const std::filesystem::path& folder);

}  // namespace orc
