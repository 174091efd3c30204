#include "tests/contract/cluster_questions.h"

#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <utility>

#include "adapters/sandbox/plugin_input.h"
#include "adapters/system/file_descriptor.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

std::string log_of(const PluginOutcome& outcome) {
  std::string text;
  for (const LogLine& line : outcome.log) text += "[" + line.text + "]";
  return text;
}

std::string how_soon(std::chrono::steady_clock::time_point begin, std::chrono::milliseconds bound) {
  const auto took = std::chrono::steady_clock::now() - begin;
  return took < bound + 5s ? "soon" : "after " + std::to_string(took / 1ms) + " ms";
}

std::string files_of(ClusterBench& bench, const PluginOutcome& outcome) {
  std::string text;
  for (const Artifact& artifact : outcome.artifacts) text += artifact.name + "=" + bench.get(artifact.hash) + " ";
  return text;
}

std::string told_with_files(ClusterBench& bench, const PluginOutcome& outcome) {
  std::string text = bench.tell(outcome) + ", files: ";
  for (const Artifact& artifact : outcome.artifacts) text += artifact.name + " ";
  return text + "; " + bench.what_is_left();
}

// ---- what goes in and comes out

}  // namespace

std::string told(ClusterBench& bench, const std::vector<std::string>& words) { return bench.tell(bench.run(bench.order(words))); }

// "soon", if the run ended within its bounds and a second; machines of tests may be busy, so four more are given.

std::string odd_input(ClusterBench& bench) {
  return bench.tell(bench.run(bench.order({"compare"}, R"({"a": "' \" $(id) `id` \n -x ; | & \\ é"})")));
}

std::string long_input(ClusterBench& bench) {
  return bench.tell(bench.run(bench.order({"count"}, '"' + std::string(argument_bytes_max - 1, 'x') + '"')));
}

std::string unread_input(ClusterBench& bench) {
  return bench.tell(bench.run(bench.order({"say", "{}"}, '"' + std::string(8'000'000, 'x') + '"')));
}

std::string many_at_once(ClusterBench& bench) {
  std::vector<PluginRun> runs;
  for (int i = 0; i < 6; ++i) runs.push_back(bench.order({"echo"}, "[" + std::to_string(i) + "]"));
  std::string text;
  for (const PluginOutcome& outcome : bench.run_all(std::move(runs), {})) text += bench.output_of(outcome);
  return text;
}

std::string exits(ClusterBench& bench) {
  std::string text;
  for (const char* code : {"1", "65", "125"}) text += told(bench, {"exit", code}) + "; ";
  return text;
}

std::string output_at_its_limit(ClusterBench& bench) {
  std::string text;
  for (const char* size : {"1022", "1025"}) {
    PluginRun run = bench.order({"print", size});
    run.version.spec.limits.output_kb = 1;
    const PluginOutcome outcome = bench.run(run);
    text += outcome.how == AttemptOutcome::succeeded ? "taken; " : bench.tell(outcome);
  }
  return text;
}

std::string log_lines(ClusterBench& bench) { return log_of(bench.run(bench.order({"exit", "3"}))); }

std::string live_log(ClusterBench& bench) {
  const PluginOutcome outcome = bench.run_until_it_speaks(bench.order({"talk"}));
  std::string heard;
  for (const std::string& line : bench.heard_log) heard += "[" + line + "]";
  return std::string(to_word(outcome.how)) + ", heard " + heard + ", kept " + log_of(outcome);
}

std::string endless_log(ClusterBench& bench) {
  std::string told;
  for (const auto timeout : {3s, 20s}) {  // a busy machine may need longer for a megabyte
    PluginRun run = bench.order({"flood-log"});
    run.timeout = timeout;
    run.version.spec.limits.grace = 0s;
    const PluginOutcome outcome = bench.run(run);
    std::size_t bytes = 0;
    for (const LogLine& line : outcome.log) bytes += line.text.size();
    told = std::string(to_word(outcome.how)) + (bytes <= 1'100'000 ? ", a megabyte" : ", " + std::to_string(bytes) + " bytes");
    if (bytes > 900'000) return told;
  }
  return told + " at most";
}

std::string progress(ClusterBench& bench) {
  const PluginOutcome outcome = bench.run_until_it_speaks(bench.order({"progress"}));
  std::ostringstream text;
  for (const Progress& one : bench.heard_progress) text << one.fraction << " " << one.message << "; ";
  text << to_word(outcome.how) << " " << log_of(outcome);
  return text.str();
}

std::string environment(ClusterBench& bench) {
  setenv("ORC_CANARY_SECRET", "must not be seen", 1);
  std::istringstream lines(bench.output_of(bench.run(bench.order({"environment"}))));
  std::string names;
  for (std::string line; std::getline(lines, line);) names += line.substr(0, line.find('=')) + " ";
  return names;
}

std::string input_files(ClusterBench& bench) {
  const ContentHash hash = bench.put("the bytes of the blob");
  return bench.tell(bench.run(bench.order({"show-input-files"}, R"({"f": {"$blob": "sha256:)" + to_hex(hash) + R"("}})")));
}

std::string input_files_after_the_run(ClusterBench& bench) {
  const std::string input = R"({"f": {"$blob": "sha256:)" + to_hex(bench.put("the bytes of the blob")) + R"("}})";
  const PluginRun first = bench.order({"count-inputs"}, input);
  PluginRun second = bench.again(first);
  second.input = "{}";
  return bench.output_of(bench.run(first)) + ", then " + bench.output_of(bench.run(second));
}

std::string absent_input_file(ClusterBench& bench) {
  const PluginOutcome outcome = bench.run(bench.order({"say", "{}"}, R"({"$blob": "sha256:)" + std::string(64, 'a') + R"("})"));
  return std::string(to_word(outcome.how));
}

std::string output_files(ClusterBench& bench) {
  const PluginOutcome outcome = bench.run(bench.order({"leave-files", "0"}));
  return files_of(bench, outcome) + log_of(outcome);
}

std::string output_files_of_a_failure(ClusterBench& bench) {
  const PluginOutcome outcome = bench.run(bench.order({"leave-files-and-fail"}));
  return std::string(to_word(outcome.how)) + " " + files_of(bench, outcome);
}

std::string many_output_files(ClusterBench& bench) {
  return std::to_string(bench.run(bench.order({"leave-files", "150"})).artifacts.size());
}

std::string usage(ClusterBench& bench) {
  const Usage of_busy = bench.run(bench.order({"burn", "200"})).usage, of_short = bench.run(bench.order({"say", "{}"})).usage;
  const bool has_peak = of_short.peak_bytes > 100'000 && of_short.peak_bytes < 100'000'000;
  const bool has_cpu = of_busy.cpu >= 190ms && of_busy.cpu < 2s;  // ticks are of ten milliseconds
  return std::string(has_cpu ? "cpu " : "no cpu ") + (has_peak ? "peak " : "no peak ") +
         (of_busy.wall >= 200ms && of_busy.wall < 20s ? "wall " : "no wall ") + std::to_string(of_short.bytes_in) + " in " +
         std::to_string(of_short.bytes_out) + " out";
}

// A quarter of a processor for two seconds, with room for the kernel's slices.
std::string processor_time(ClusterBench& bench) {
  PluginRun busy = bench.order({"spin"});
  busy.timeout = 2s;
  busy.version.spec.limits.grace = 0s;
  busy.version.spec.limits.cpus = 0.25;
  const Usage usage = bench.run(busy).usage;
  return usage.cpu && *usage.cpu < 1s ? "held" : "not held";
}

std::string usage_in_company(ClusterBench& bench) {
  PluginRun first = bench.order({"answer-when-two-are-here"});
  first.version.spec.warm.in_flight = 2;
  PluginRun second = bench.again(first);
  std::vector<PluginRun> both;
  both.push_back(std::move(first));
  both.push_back(std::move(second));
  std::string text;
  for (const PluginOutcome& outcome : bench.run_all(std::move(both), {})) {
    const bool is_told = outcome.usage.cpu && outcome.usage.peak_bytes, is_none_told = !outcome.usage.cpu && !outcome.usage.peak_bytes;
    text += is_told ? "measured " : is_none_told ? "not told " : "half told ";
  }
  return text;
}

// ---- how it ends

std::string time_out(ClusterBench& bench, const char* habit, std::chrono::seconds grace) {
  PluginRun run = bench.order({habit});
  run.timeout = 1s;
  run.version.spec.limits.grace = grace;
  const auto begin = std::chrono::steady_clock::now();
  const PluginOutcome outcome = bench.run(run);
  const std::string soon = how_soon(begin, 2s);
  return bench.tell(outcome) + ", " + soon + ", " + bench.what_is_left();
}

std::string cancel(ClusterBench& bench) {
  const auto begin = std::chrono::steady_clock::now();
  const PluginOutcome outcome = bench.run_until_it_speaks(bench.order({"hold-on-with-children"}));
  const std::string soon = how_soon(begin, 2s);
  return bench.tell(outcome) + ", " + soon + ", " + bench.what_is_left();
}

std::string stop(ClusterBench& bench) {
  std::vector<PluginRun> runs;
  runs.push_back(bench.order({"ignore-term"}));
  const auto outcomes = bench.run_all(std::move(runs), [&] {
    bench.request_stop();
    return true;
  });
  return bench.tell(outcomes[0]) + "; " + told(bench, {"say", "{}"}) + "; " + bench.what_is_left();
}

// What ends a run meanwhile comes with the first of several files, of which the others are still on their way.
std::string stop_while_files_are_kept(ClusterBench& bench) {
  bench.when_a_file_is_kept([&] { bench.request_stop(); });
  return told_with_files(bench, bench.run(bench.order({"leave-large-files"})));
}

std::string cancel_while_files_are_kept(ClusterBench& bench) {
  const PluginRun run = bench.order({"leave-large-files"});
  bench.when_a_file_is_kept([&] { bench.cancel(run.job, run.fence); });
  return told_with_files(bench, bench.run(run));
}

std::string survivors(ClusterBench& bench) { return told(bench, {"leave-survivors"}) + ", " + bench.what_is_left(); }

// ---- its bounds

std::string memory(ClusterBench& bench, const char* habit, std::int64_t memory_mb) {
  PluginRun bomb = bench.order({habit});
  bomb.version.spec.limits.memory_mb = memory_mb;
  const std::string first = bench.tell(bench.run(bomb));
  return first + "; then " + told(bench, {"say", "{}"});
}

std::string processes(ClusterBench& bench) {
  PluginRun bomb = bench.order({"fork-bomb"});
  bomb.version.spec.limits.pids = 20;
  return bench.tell(bench.run(bomb));
}

std::string written(ClusterBench& bench) {
  std::string text;
  for (const char* folder : {"TMPDIR", "ORC_OUTPUT_DIR"}) {
    PluginRun filler = bench.order({"fill-in", folder});
    filler.version.spec.limits.scratch_mb = 2;
    text += bench.tell(bench.run(filler)) + "; ";
  }
  return text;
}

std::string root(ClusterBench& bench) {
  std::string text;
  for (const char* path : {"/x", "/proc/sys/kernel/hostname", "/input/x"}) text += bench.output_of(bench.run(bench.order({"make", path})));
  return text;
}

namespace {

std::string reached_over(ClusterBench& bench, NetworkAccess access) {
  const FileDescriptor canary(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(canary.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(canary.get(), 8) != 0 ||
      getsockname(canary.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return "no canary";
  PluginRun run = bench.order({"connect", std::to_string(ntohs(address.sin_port))});
  run.version.spec.network = access;
  const std::string answers = bench.output_of(bench.run(std::move(run)));
  return answers.substr(0, answers.find('\n')) + ", " + (accept(canary.get(), nullptr, nullptr) >= 0 ? "reached" : "not reached");
}

}  // namespace

std::string network(ClusterBench& bench) { return reached_over(bench, NetworkAccess::none); }

std::string network_of_host(ClusterBench& bench) { return reached_over(bench, NetworkAccess::host); }

std::string privileges(ClusterBench& bench) {
  const std::string status = bench.output_of(bench.run(bench.order({"show", "/proc/self/status"})));
  std::string text;
  for (const char* field : {"CapPrm", "CapEff", "NoNewPrivs", "Seccomp"}) {
    const auto at = status.find(std::string(field) + ":\t");
    text += at == std::string::npos ? "?" : std::to_string(std::strtoull(status.c_str() + status.find('\t', at) + 1, nullptr, 16)) + " ";
  }
  return text + (status.contains("Uid:\t0") ? "root" : "not root");
}

std::string refused_calls(ClusterBench& bench) {
  std::istringstream answers(bench.output_of(bench.run(bench.order({"calls"}))));
  int refused = 0;
  std::string others;
  for (std::string line; std::getline(answers, line);)
    if (line.ends_with("=EPERM") || line == "clone3=ENOSYS" || line == "setuid=EINVAL")
      ++refused;
    else
      others += line + " ";
  return std::to_string(refused) + " refused " + others;
}

// Two jobs of one version, one after the other.

std::string next_run(ClusterBench& bench) {
  std::string text;
  for (const char* folder : {"TMPDIR", "ORC_OUTPUT_DIR"}) {
    const PluginRun first = bench.order({"visit-in", folder});
    for (const PluginRun& run : {first, bench.again(first)}) text += "[" + bench.output_of(bench.run(run)) + "]";
  }
  return text;
}

// An endless one in little memory.

std::string endless_output(ClusterBench& bench) {
  PluginRun run = bench.order({"flood-output"});
  run.version.spec.limits.memory_mb = 64;
  return bench.tell(bench.run(run));
}

}  // namespace orc
