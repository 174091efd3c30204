#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/sandbox/live_run.h"
#include "ports/cluster.h"

namespace orc {

// What the kernel counted over the whole run, where a cgroup did.
struct CgroupReport {
  bool ran_out_of_memory = false;
  std::optional<std::int64_t> peak_bytes;
  std::optional<std::chrono::milliseconds> cpu_time;
};

// How the run ended in the words of the port: outcome, message, exit code, output, log, usage. Pure.
PluginOutcome judge(RunEnd end, const CgroupReport& report, const PluginRun& run, Isolation isolation, Timestamp now);

// Why the program cannot be started, wherever and however often it is tried with what this sandbox has; nothing: it was, or that is not
// why. `log_end`: all of standard error, on which bubblewrap or orc-launch have said so, and nobody else anything.
std::optional<std::string> missing_program(int exit_code, std::string_view log_end);

// The sentence, with the end of what the program wrote to standard error, if it wrote anything.
std::string with_end(std::string sentence, const std::string& end);

// An outcome that has nothing but these.
PluginOutcome outcome_of(AttemptOutcome how, std::string message);

// The outcome of a run that was never started.
PluginOutcome refuse(std::string reason);
// The same, by the error that was in the way: what the host lacks just now costs no attempt; what can never work here is refused.
PluginOutcome not_started(std::string reason, const Error& error);

// Why a worker that gives its runs no network refuses one of this version. Placement gives it none (domain/placement/room.h): this holds
// against a server that says otherwise.
std::string no_such_network(const PluginVersion& version);

// It counts as one that could not be started: bounded, unlike a run given back, since what refuses a file may do so for ever.
void say_not_kept(PluginOutcome& outcome, const Error& error);
// They did not all come in time.
Error too_late_to_keep();
// Makes the files that were kept the outcome's, and says for the log what became of the others and of names: whole lines, or none.
std::string take_kept_files(PluginOutcome& outcome, RunEnd& end);

}  // namespace orc
