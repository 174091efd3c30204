#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "domain/result.h"

namespace orc {

// How an image wants its program to be started (OCI image specification, "Image Configuration"). Its user is left out: a plugin runs as
// the uid that the worker gives it.
struct ImageConfig {
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::string working_folder = "/";        // absolute, without ".."
  std::vector<std::string> layer_digests;  // of the unpacked tars, lowest first: "sha256:HEX"
  bool operator==(const ImageConfig&) const = default;

  // What is run, less the input, which becomes its last argument: the entry point, or if there is none, the command.
  const std::vector<std::string>& program() const { return entrypoint.empty() ? command : entrypoint; }
};

// Reads the JSON of a configuration. Errors: invalid_argument, for what is none, or one for another system or processor.
Result<ImageConfig> read_image_config(std::string_view json);

}  // namespace orc
