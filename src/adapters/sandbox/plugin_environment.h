#pragma once

#include <map>
#include <string>

#include "adapters/sandbox/run_places.h"
#include "domain/time.h"
#include "ports/cluster.h"

namespace orc {

// All that a plugin finds in its environment (contracts.md, section 3): nothing of the service's own. What the plugin's version sets
// comes over what its image does, that over PATH, HOME, LANG and TMPDIR, and all below ORC_* and TRACEPARENT.
std::map<std::string, std::string> plugin_environment(const PluginRun& run, const RunPlaces& places,
                                                      const std::map<std::string, std::string>& of_image, Timestamp now);

// What the process of a plugin of mode warm finds there: as above, but for what differs from run to run.
std::map<std::string, std::string> warm_environment(const PluginSpec& spec, const RunPlaces& places,
                                                    const std::map<std::string, std::string>& of_image);

// Where a request to a warm process has its files; empty: it has none.
struct RequestPlaces {
  std::string input;
  std::string output;
};

// What differs from run to run, under the same names, as a JSON object: the context of a request to a warm process.
std::string run_context(const PluginRun& run, const RequestPlaces& places, Timestamp now);

}  // namespace orc
