#pragma once

#include <functional>
#include <optional>

#include "adapters/sandbox/package_cache.h"
#include "adapters/sandbox/run_image.h"
#include "adapters/sandbox/run_places.h"
#include "domain/plugin/plugin.h"
#include "ports/async.h"

namespace orc {

// What is run: a folder or an image, which stay while this lives.
struct RunProgram {
  PackageLease package;
  std::optional<RunImage> image;

  // Where the folder is on this host; empty for an image.
  std::filesystem::path folder() const { return package ? package->folder : std::filesystem::path(); }
  std::filesystem::path root() const { return image ? image->root : std::filesystem::path(); }
  std::vector<std::string> command(const PluginSpec& spec) const { return image ? image->program : spec.command; }
  std::map<std::string, std::string> environment() const { return image ? image->environment : std::map<std::string, std::string>{}; }
  // `places` of the host, with the folder that the program starts in.
  RunPlaces in(RunPlaces places) const {
    if (image) places.package = image->working_folder;
    return places;
  }
};

// Errors: those of PackageCache and UseImage.
using ProgramOf = std::function<Async<RunProgram>(const PluginSpec&)>;

}  // namespace orc
