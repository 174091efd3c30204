#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/plugin_authoring.h"
#include "adapters/cli/plugin_trial.h"
#include "adapters/cli/titled_line.h"
#include "adapters/crypto/sha256_digest.h"
#include "adapters/json/json_writer.h"
#include "adapters/system/file_text.h"
#include "application/job/upload_blob.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

constexpr const char* test_exit_codes =
    "Exit codes: 0 it ran and its output fits; 1 it failed, or its output does not fit; 2 plugin.json, a schema or the input is faulty; 3 "
    "no\n"
    "sandbox can be made on this host; 5 no such folder or file; 6 internal fault.";

struct TestOptions {
  std::string folder;
  std::string input;
  std::vector<std::string> blobs;
  std::string output;
  std::string isolation = std::string(to_word(Isolation::strict));
};

// Prints the log as it comes.
class PrintedRun final : public RunObserver {
 public:
  explicit PrintedRun(ClientContext& context) : context_(context) {}

  void log_grew(std::span<const LogLine> lines) override {
    for (const LogLine& line : lines) print(line);
  }
  void progressed(const Progress& progress) override {
    if (context_.flags.as_json) return;
    const std::string percent = std::to_string(static_cast<int>(progress.fraction * 100)) + " %";
    print_titled(context_, "progress", percent + (progress.message.empty() ? "" : "  " + printable(progress.message)));
  }
  void print(const LogLine& line) {
    last_ = line.n;
    if (!context_.flags.as_json) print_titled_log(context_, line.text);
  }
  std::int64_t last() const { return last_; }

 private:
  ClientContext& context_;
  std::int64_t last_ = 0;
};

// What the sandbox cannot hold here is worth a line; that it is ready is not.
class PrintedWarnings final : public EventLog {
 public:
  explicit PrintedWarnings(ClientContext& context) : context_(context) {}
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override {
    if (level < LogLevel::warning) return;
    std::string words(event);
    for (const LogField& field : fields)
      if (const auto* text = std::get_if<std::string_view>(&field.value)) words.append(": ").append(*text);
    print_titled(context_, "warning", printable(words), Colour::yellow);
  }

 private:
  ClientContext& context_;
};

std::string words_of_usage(const TrialEnd& end) {
  const Usage& usage = end.outcome.usage;
  char text[160];
  std::snprintf(text, sizeof text, "%.2f s", static_cast<double>(usage.wall.count()) / 1000);
  std::string words = text;
  if (usage.cpu) {
    std::snprintf(text, sizeof text, ", %.2f s of cpu", static_cast<double>(usage.cpu->count()) / 1000);
    words += text;
  }
  if (usage.peak_bytes) {
    std::snprintf(text, sizeof text, ", %.1f MB of memory", static_cast<double>(*usage.peak_bytes) / (1 << 20));
    words += text;
  }
  return words + ", isolation " + std::string(to_word(end.outcome.isolation));
}

void print_json(ClientContext& context, const TrialEnd& end) {
  const PluginOutcome& outcome = end.outcome;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("outcome", to_word(outcome.how));
  json.member("exit_code", outcome.exit_code);
  json.key("output");
  if (outcome.how == AttemptOutcome::succeeded)
    json.raw(outcome.output);
  else
    json.value(outcome.output);
  json.member("message", outcome.message);
  json.member("isolation", to_word(outcome.isolation));
  json.key("usage").begin_object();
  json.member("wall_seconds", static_cast<double>(end.outcome.usage.wall.count()) / 1000);
  json.member("cpu_seconds", outcome.usage.cpu ? std::optional(static_cast<double>(outcome.usage.cpu->count()) / 1000) : std::nullopt);
  json.member("peak_bytes", outcome.usage.peak_bytes);
  json.end_object();
  json.key("artifacts").begin_array();
  for (const Artifact& artifact : outcome.artifacts) {
    json.begin_object();
    json.member("name", artifact.name);
    json.member("bytes", artifact.bytes);
    json.end_object();
  }
  json.end_array();
  json.key("log").begin_array();
  for (const LogLine& line : outcome.log) json.value(line.text);
  json.end_array();
  json.end_object();
  context.out << text << "\n";
}

void print_end(ClientContext& context, const TrialEnd& end) {
  const PluginOutcome& outcome = end.outcome;
  const bool passed = outcome.how == AttemptOutcome::succeeded;
  for (const Artifact& artifact : outcome.artifacts)
    print_titled(context, "file", printable(artifact.name) + ", " + words_of_bytes(std::to_string(artifact.bytes)));
  print_titled(context, "usage", words_of_usage(end));
  if (!outcome.output.empty()) {
    context.err << std::flush;
    const bool as_it_is = !context.terminal.out_is_terminal;
    context.out << (as_it_is ? outcome.output : printable(outcome.output)) << (as_it_is && outcome.output.ends_with('\n') ? "" : "\n")
                << std::flush;
  }
  print_titled(context, passed ? "passed" : "failed",
               passed ? "the output fits" : printable(std::string(to_word(outcome.how)) + ": " + outcome.message),
               passed ? Colour::green : Colour::red);
}

Outcome<std::map<ContentHash, std::string>> read_blobs(const std::vector<std::string>& files) {
  std::map<ContentHash, std::string> blobs;
  for (const std::string& file : files) {
    auto bytes = read_file(file, blob_bytes_max);
    if (!bytes) return std::unexpected(failure_of(bytes.error()));
    const ContentHash hash = Sha256Digest().sha256(*bytes);
    blobs.emplace(hash, std::move(*bytes));
  }
  return blobs;
}

Outcome<void> keep_files(const std::string& folder, const std::map<std::string, std::string>& files) {
  if (folder.empty()) return {};
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) return stop_with(ExitCode::internal, folder + ": " + problem.message());
  for (const auto& [name, bytes] : files)
    if (const auto written = write_file(fs::path(folder) / name, bytes, 0644); !written)
      return std::unexpected(failure_of(written.error()));
  return {};
}

Outcome<ExitCode> test(ClientContext& context, const TestOptions& options) {
  const auto least = isolation_from_word(options.isolation);
  if (!least) return stop_with(ExitCode::usage, "--isolation is strict, container or none, not " + options.isolation);
  if (const auto built = build_plugin(options.folder); !built) return std::unexpected(built.error());
  auto packed = pack_plugin(options.folder);
  if (!packed) return std::unexpected(packed.error());
  print_warnings(context, *packed);
  const std::string file = options.input.empty() ? (fs::path(options.folder) / "input.json").string() : options.input;
  std::error_code problem;
  if (file != "-" && !fs::exists(file, problem))
    return stop_with(ExitCode::not_found, "there is no " + file + " to run it on: give one with --input FILE");
  auto input = read_input_argument(context, file == "-" ? file : "@" + file);
  if (!input) return std::unexpected(input.error());
  auto blobs = read_blobs(options.blobs);
  if (!blobs) return std::unexpected(blobs.error());
  if (!context.flags.as_json) {
    print_titled(context, "plugin", packed->plugin.name + " " + packed->plugin.version);
    print_titled(context, "input", printable(file));
    if (packed->plugin.spec.network == NetworkAccess::host)
      print_titled(context, "network", "this host's, as plugin.json says: you operate it, so nobody else is asked");
    if (const PluginSpec& spec = packed->plugin.spec; spec.mode == PluginMode::warm)
      print_titled(context, "waiting",
                   R"(for the program's {"ready": true}, )" + std::to_string(spec.warm.start.count()) + " s at most (warm.start_seconds)");
  }
  PrintedRun printed(context);
  PrintedWarnings warnings(context);
  auto end = run_trial(
      {.packed = std::move(*packed), .input = std::move(*input), .blobs = std::move(*blobs), .launcher = context.launcher, .least = *least},
      printed, warnings);
  if (!end) return std::unexpected(end.error());
  if (auto kept = keep_files(options.output, end->files); !kept) return std::unexpected(kept.error());
  if (context.flags.as_json) {
    print_json(context, *end);
  } else {
    for (const LogLine& line : end->outcome.log)
      if (line.n > printed.last()) printed.print(line);
    print_end(context, *end);
  }
  return exit_code_of(end->outcome.how);
}

}  // namespace

void add_plugin_test(CLI::App& plugin, ClientContext& context) {
  auto* command = plugin.add_subcommand(
      "test", "Run a plugin's folder once, in the sandbox of a worker but without a server: shows its log, usage, result, faults");
  const auto options = std::make_shared<TestOptions>();
  command->add_option("DIR", options->folder, "Folder with plugin.json and the program; `make` runs first if there is a Makefile")
      ->required();
  command->add_option("--input", options->input, "File with the input, or - (input.json in the folder)");
  command->add_option("--blob", options->blobs, "A file that the input names by {\"$blob\": \"sha256:…\"}; may be given several times");
  command->add_option("--output", options->output, "Folder for the files that it leaves in ORC_OUTPUT_DIR; else they are only named");
  command->add_option("--isolation", options->isolation, "Least isolation that the run may have: strict, container or none")
      ->envname("ORC_ISOLATION")
      ->capture_default_str();
  command->add_flag("--json", context.flags.as_json, "Print JSON");
  command->footer(std::string("Examples:\n  orc plugin test word-count\n  orc plugin test word-count --input long.json >result.json\n"
                              "  echo '{\"text\": \"one two\"}' | orc plugin test word-count --input - --json | jq .usage\n\n"
                              "The result goes to the output, everything else to the error output.\n") +
                  test_exit_codes);
  command->callback([&context, options] { run_command(context, [&] { return test(context, *options); }); });
}

}  // namespace orc
