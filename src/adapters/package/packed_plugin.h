#pragma once

#include "adapters/package/package_scan.h"
#include "adapters/package/plugin_manifest.h"

namespace orc {

// What a scanned package describes: read_new_plugin() of its plugin.json, and a fault if the program that `command` names inside the
// package cannot be started. Pure, for any thread.
Draft<NewPlugin> read_packed_plugin(const PackageScan& scan);

}  // namespace orc
