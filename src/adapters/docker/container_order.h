#pragma once

#include <string>
#include <string_view>

#include "adapters/docker/engine_images.h"
#include "domain/time.h"
#include "ports/cluster.h"

namespace orc {

inline constexpr std::string_view owner_label = "orc.worker";

// Whom a container belongs to, and what it is called.
struct ContainerMark {
  std::string owner;  // a word that the worker's data directory alone has
  std::string name;
};

// The mark of a run: no two runs of one owner have the same.
ContainerMark container_mark(const std::string& owner, const PluginRun& run);

enum class InputFiles : std::uint8_t { none, some };

// What a run's container is given beside its image.
struct ContainerGift {
  std::string_view input;
  InputFiles files = InputFiles::none;
  std::string launcher;  // of this host, to be the first process (launch/inside.h); empty: the image's program is
};

// The body of POST /containers/create for a run: the image's program with the input as its last argument, if that is not too long, within
// the limits of the plugin's version. Errors: invalid_argument, if the image names no program, or volumes that are no absolute paths.
Result<std::string> container_order(const PluginRun& run, const EngineImage& image, const ContainerMark& mark, const ContainerGift& gift,
                                    Timestamp now);

// The body of a POST /containers/create that makes nothing, as its image is none: refused as not_found if the engine sees `file` of this
// host, otherwise as invalid_argument.
std::string order_that_asks_for(const std::string& file);

}  // namespace orc
