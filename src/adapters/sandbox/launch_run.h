#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/sandbox/sandbox_host.h"
#include "adapters/system/file_descriptor.h"

namespace orc {

// What a run reads: one document, or requests that come while it runs.
enum class RunFeed : std::uint8_t { document, requests };

// What a sandbox is to run.
struct RunOrder {
  std::vector<std::string> command;
  std::string input;  // standard input, and the last argument if it is short enough to be one
  std::map<std::string, std::string> environment;
  PluginLimits limits;
  std::filesystem::path package;     // the folder, as the service sees it, or
  std::filesystem::path image_root;  // what becomes the run's root; empty: it has the host's programs
  RunPlaces places;                  // what the plugin sees
  std::int64_t input_file_bytes = 0;
  bool has_input_files = false;      // in the slot's input folder
  RunFeed feed = RunFeed::document;  // with requests, `input` is empty
  NetworkAccess network = NetworkAccess::none;
  bool has_request_folders = false;  // its output folder is for folders of single requests (request_folders.h)
};

struct LaunchedRun {
  pid_t process = 0;                              // orc-launch: it ends when nothing of the run is left
  FileDescriptor ended;                           // readable when it has
  FileDescriptor output;                          // what the plugin writes to standard output
  FileDescriptor log;                             // and to standard error
  FileDescriptor progress;                        // and to its descriptor 3
  FileDescriptor files;                           // from orc-launch: what it left in its output folder (collected_files.h)
  FileDescriptor requests;                        // with RunFeed::requests: where they are written to
  FileDescriptor handed_out;                      // with has_request_folders, where orc-launch makes the folder: from where it comes
  std::chrono::steady_clock::time_point started;  // just before it was: it may be over when its parent comes to look
  bool outlives_launcher = false;                 // if that is killed, nothing else ends the run: no cgroup, no namespace of processes
};

// The folder of a slot that becomes ORC_INPUT_DIR.
std::filesystem::path input_folder_of(const RunSlot& slot);

// Sets the slot's limits and starts the run. Blocks for about a millisecond. The run dies with the thread that calls this.
// Errors: unavailable; then nothing runs.
Result<LaunchedRun> launch_run(const SandboxHost& host, RunSlot& slot, const RunOrder& order);

// Kills every process of that slot's uid, and waits until the one that does so has ended. Blocks for about a millisecond.
// Errors: unavailable; then they go on.
Result<void> end_processes_of(const SandboxHost& host, std::uint32_t own_id);

}  // namespace orc
