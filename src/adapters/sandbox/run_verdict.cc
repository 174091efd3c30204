#include "adapters/sandbox/run_verdict.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ranges>
#include <sys/wait.h>

#include "adapters/json/json_writer.h"
#include "domain/passing_error.h"

namespace orc {
namespace {

// Contract section 3: standard error is the message. The exit code stands in the attempt.
std::string exit_message(int code, const CapturedLog& log) {
  if (std::string end = log.end(); !end.empty()) return end;
  // A shell's convention, which bubblewrap follows: 128 and the number of the signal.
  const char* name = code > 128 && code < 128 + NSIG ? sigabbrev_np(code - 128) : nullptr;
  return "exit code " + std::to_string(code) + (name != nullptr ? std::string(" (SIG") + name + ")" : "") +
         ", and nothing on standard error";
}

void stopped(PluginOutcome& outcome, StopReason reason, const PluginRun& run, const CapturedLog& log) {
  const PluginLimits& limits = run.version.spec.limits;
  switch (reason) {
    case StopReason::timed_out:
      outcome.how = AttemptOutcome::timed_out;
      outcome.message = with_end("timed out after " + std::to_string(run.timeout.count()) + " s", log.end());
      return;
    case StopReason::cancelled:
      outcome.how = AttemptOutcome::cancelled;
      outcome.message = "cancelled while it ran";
      return;
    case StopReason::output_too_large:
      outcome.how = AttemptOutcome::output_rejected;
      outcome.message = "output too large: more than limits.output_kb " + std::to_string(limits.output_kb) + " on standard output";
      return;
    case StopReason::service_stops:
      outcome.how = AttemptOutcome::given_back;
      outcome.message = "the worker stops";
      return;
  }
}

void ran_out_of_memory(PluginOutcome& outcome, const PluginRun& run, const CapturedLog& log) {
  outcome.how = AttemptOutcome::out_of_memory;
  outcome.message =
      with_end("out of memory: needed more than limits.memory_mb " + std::to_string(run.version.spec.limits.memory_mb), log.end());
}

// orc-launch alone ends by a signal (launch/supervision.h): a plugin cannot forge that. False: it has ended as the plugin did.
bool launcher_tells(PluginOutcome& outcome, const RunEnd& end, const PluginRun& run) {
  if (!WIFSIGNALED(end.wait_status)) return false;
  switch (WTERMSIG(end.wait_status)) {
    case SIGABRT:  // before anything of the plugin ran
      outcome.how = AttemptOutcome::not_started;
      outcome.message = with_end("the sandbox could not be made", end.log.end());
      return true;
    case SIGBUS:
      ran_out_of_memory(outcome, run, end.log);
      return true;
    case SIGXFSZ:
      outcome.how = AttemptOutcome::failed;
      outcome.message = with_end("wrote more than limits.scratch_mb " + std::to_string(run.version.spec.limits.scratch_mb) +
                                     " allows, or more files or deeper folders than anybody may, or hid them",
                                 end.log.end());
      return true;
    default:
      return false;
  }
}

void ended_by_itself(PluginOutcome& outcome, RunEnd& end, const CgroupReport& report, const PluginRun& run) {
  if (launcher_tells(outcome, end, run)) return;
  const int code = WIFEXITED(end.wait_status) ? WEXITSTATUS(end.wait_status) : 128 + WTERMSIG(end.wait_status);
  if (code == 0) {
    outcome.how = AttemptOutcome::succeeded;
    outcome.exit_code = 0;
    outcome.output = std::move(end.output);
    return;
  }
  if (auto missing = missing_program(code, end.log.end())) {
    outcome.how = AttemptOutcome::refused;
    outcome.message = std::move(*missing);
    return;
  }
  outcome.exit_code = code;
  if (report.ran_out_of_memory) return ran_out_of_memory(outcome, run, end.log);
  outcome.how = AttemptOutcome::failed;
  outcome.message = exit_message(code, end.log);
}

}  // namespace

std::optional<std::string> missing_program(int exit_code, std::string_view log_end) {
  struct Starter {
    int exit_code;
    std::string_view says;
  };
  constexpr Starter starters[] = {{.exit_code = 1, .says = "bwrap: execvp "}, {.exit_code = 127, .says = "orc-launch: cannot start "}};
  for (const auto& [its_code, says] : starters) {
    if (exit_code != its_code || !log_end.starts_with(says) || log_end.contains('\n')) continue;
    for (const int error : {ENOENT, ENOTDIR, EACCES}) {
      const std::string reason = std::string(": ") + std::strerror(error);
      if (!log_end.ends_with(reason)) continue;
      const std::string_view program = log_end.substr(says.size(), log_end.size() - says.size() - reason.size());
      return "the program " + std::string(program) +
             ", or the interpreter that its first line names, is not in the sandbox or may not be executed there";
    }
  }
  return std::nullopt;
}

std::string with_end(std::string sentence, const std::string& end) { return end.empty() ? sentence : sentence + ": " + end; }

PluginOutcome judge(RunEnd end, const CgroupReport& report, const PluginRun& run, Isolation isolation, Timestamp now) {
  PluginOutcome outcome;
  outcome.isolation = isolation;
  if (end.stopped == StopReason::cancelled || end.stopped == StopReason::service_stops) end.artifacts.clear();
  if (end.stopped) {
    stopped(outcome, *end.stopped, run, end.log);
  } else {
    ended_by_itself(outcome, end, report, run);
  }
  const auto cpu_time = std::chrono::seconds(end.usage.ru_utime.tv_sec + end.usage.ru_stime.tv_sec) +
                        std::chrono::microseconds(end.usage.ru_utime.tv_usec + end.usage.ru_stime.tv_usec);
  // Without a cgroup, the time of processes that were killed is missing.
  outcome.usage.cpu = report.cpu_time.value_or(std::chrono::duration_cast<std::chrono::milliseconds>(cpu_time));
  // What was cancelled does not tell it. The kernel's own figure for orc-launch would be at least what this process holds.
  outcome.usage.peak_bytes = report.peak_bytes ? report.peak_bytes : end.peak_bytes;
  outcome.usage.wall = end.duration;
  outcome.usage.bytes_out = std::ssize(outcome.output);
  const std::string of_files = take_kept_files(outcome, end);
  if (end.keeping_failed && !end.stopped) {
    say_not_kept(outcome, *end.keeping_failed);
  }
  if (!of_files.empty()) end.log.add(of_files, now, LogStream::err);
  if (end.malformed_progress > 0)
    end.log.add(std::to_string(end.malformed_progress) +
                    " lines on descriptor 3 were no {\"progress\": 0..1, \"message\": \"…\"} and were ignored\n",
                now, LogStream::err);
  outcome.log = end.log.take(now);
  return outcome;
}

PluginOutcome outcome_of(AttemptOutcome how, std::string message) {
  PluginOutcome outcome;
  outcome.how = how;
  outcome.message = std::move(message);
  return outcome;
}

PluginOutcome not_started(std::string reason, const Error& error) {
  return outcome_of(may_pass(error) ? AttemptOutcome::not_started : AttemptOutcome::refused, std::move(reason));
}

void say_not_kept(PluginOutcome& outcome, const Error& error) {
  outcome.how = AttemptOutcome::not_started;
  outcome.message = "the files that it left could not be kept: " + error.message;
}

Error too_late_to_keep() {
  return {ErrorCode::unavailable, "they were not all there after " + std::to_string(collecting_max / std::chrono::seconds(1)) + " s"};
}

std::string take_kept_files(PluginOutcome& outcome, RunEnd& end) {
  constexpr std::size_t told_max = 10;
  std::string lines;
  const std::vector<RenamedFile> renamed = rename_files(end.artifacts);
  for (const RenamedFile& file : renamed | std::views::take(told_max)) {
    lines += "of ORC_OUTPUT_DIR, ";
    append_json_string(lines, file.file_name);  // it may hold anything, line ends too
    lines += " is kept as " + file.name + "\n";
  }
  if (renamed.size() > told_max) lines += std::to_string(renamed.size() - told_max) + " more files have other names now\n";
  if (end.left_out > 0)
    lines += std::to_string(end.left_out) + " entries of ORC_OUTPUT_DIR were not kept: no regular files, unreadable, or beyond " +
             std::to_string(artifacts_max) + " files, 64 MiB each and 256 MiB together\n";
  for (const Artifact& artifact : end.artifacts) outcome.usage.bytes_out += artifact.bytes;
  outcome.artifacts = std::move(end.artifacts);
  return lines;
}

std::string no_such_network(const PluginVersion& version) {
  return "plugin " + version.name + " asks for network " + std::string(to_word(version.spec.network)) +
         ", which this worker does not give: start it with --host-network (orc runner) or --worker-host-network (orc serve)";
}

PluginOutcome refuse(std::string reason) { return outcome_of(AttemptOutcome::refused, std::move(reason)); }

}  // namespace orc
