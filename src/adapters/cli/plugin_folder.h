#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "adapters/cli/client_context.h"
#include "adapters/cli/exit_code.h"
#include "domain/field_fault.h"
#include "ports/plugin_store.h"

namespace orc {

// A plugin's folder, packed as it is uploaded, and what its plugin.json says.
struct PackedPlugin {
  std::string package;
  NewPlugin plugin;
  std::vector<std::string> warnings;  // of what plugin.json says in vain, a sentence each
};

// Packs the folder and judges its plugin.json by every rule but those of its schemas. Blocks on the disk.
// Fails with not_found, if there is no such folder or no plugin.json in it; with usage, naming each fault on a line of its own.
Outcome<PackedPlugin> pack_plugin(const std::filesystem::path& folder);

// The warnings on the error output, a line each.
void print_warnings(ClientContext& context, const PackedPlugin& packed);

// Runs `make` in the folder if there is a Makefile in it; what make says goes to the error output of this process. Blocks.
// Fails with negative, if make does; with internal, if there is no make.
Outcome<void> build_plugin(const std::filesystem::path& folder);

// "plugin.json: limits.cpus: must be …", a line for each fault.
std::string words_of(const std::vector<FieldFault>& faults);

}  // namespace orc
