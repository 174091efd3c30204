#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "adapters/cli/exit_code.h"
#include "adapters/cli/plugin_folder.h"
#include "domain/payload.h"
#include "ports/cluster.h"
#include "ports/event_log.h"

namespace orc {

// One run of a plugin without a server.
struct PluginTrial {
  PackedPlugin packed;
  std::string input;                         // a JSON document
  std::map<ContentHash, std::string> blobs;  // files that the input may name
  std::filesystem::path launcher;            // orc-launch
  Isolation least = Isolation::strict;       // that the run may have; it gets the strongest that this host can give
};

struct TrialEnd {
  PluginOutcome outcome;
  std::map<std::string, std::string> files;  // that it left in its output folder, by name
};

// Runs it in the sandbox that a server's worker would use, in a folder for temporary files, of which nothing is left behind. Holds the
// schemas against their rules first, then the input against its schema, and afterwards the output: an output that does not fit is an
// outcome, `output_rejected` with the output still there. `observer` hears the run meanwhile, on the calling thread. Blocks. SIGINT,
// SIGTERM and SIGHUP, unless that is ignored, end the run, with `cancelled`; so does the loss of whoever reads what is printed.
// Fails with usage, if the plugin is an image, a schema is none, or the input does not fit or names a file that is not among the blobs;
// with unreachable, if no sandbox can be made here.
Outcome<TrialEnd> run_trial(PluginTrial trial, RunObserver& observer, EventLog& log);

// What a trial that ended so tells the shell: it is not the plugin's fault that no sandbox could be made.
ExitCode exit_code_of(AttemptOutcome how);

}  // namespace orc
