#pragma once

#include <string>
#include <vector>

#include "adapters/docker/engine_client.h"
#include "adapters/docker/pull_progress.h"

namespace orc {

// What an image says about how it runs.
struct EngineImage {
  std::string id;      // "sha256:…" of its configuration: containers are made of this, so that a moved tag changes nothing
  std::string digest;  // "sha256:…" of its manifest at the registry; empty for one that came from a file
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::vector<std::string> environment;  // NAME=VALUE
  std::vector<std::string> volumes;      // folders that it wants to write, absolute
};

// The image of that name, pulled if the engine does not have it; with a digest in the name it is that one or none. Each part of a pull may
// take `pull_patience`. `hang_up` ends it early. Errors: invalid_argument, if the name is none (nothing is sent then); those of
// kind_of_failed_pull(): a registry that is away is no fault of the image.
Async<EngineImage> engine_image(EngineClient& engine, std::string name, std::chrono::milliseconds pull_patience, HangUp& hang_up,
                                TellLine tell);

}  // namespace orc
