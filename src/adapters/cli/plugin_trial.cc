#include "adapters/cli/plugin_trial.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <poll.h>
#include <unistd.h>

#include "adapters/cli/ignored_signals.h"
#include "adapters/crypto/sha256_digest.h"
#include "adapters/json_schema/cached_schema_validator.h"
#include "adapters/package/package_unpacker.h"
#include "adapters/sandbox/local_cluster.h"
#include "adapters/sandbox/plugin_input.h"
#include "adapters/system/system_clock.h"
#include "application/plugin/judge_output.h"

namespace orc {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr JobId trial_job{1};
constexpr Fence trial_fence{1};

// Uids that a server on the same host does not use (UidRange), nor, as far as possible, another trial.
constexpr std::uint32_t first_trial_uid = 300'000;
constexpr std::uint32_t trials_max = 100'000;
constexpr std::uint32_t uids_of_trial = 16;

class HeldBlobs final : public BlobKeeper {
 public:
  explicit HeldBlobs(std::map<ContentHash, std::string> blobs) : blobs_(std::move(blobs)) {}
  Async<std::string> get(ContentHash hash) override {
    const auto found = blobs_.find(hash);
    if (found == blobs_.end()) co_return fail(ErrorCode::not_found, "there is no sha256:" + to_hex(hash));
    co_return found->second;
  }

  Async<ContentHash> put(std::string bytes) override {
    const ContentHash hash = Sha256Digest().sha256(bytes);
    blobs_.emplace(hash, std::move(bytes));
    co_return hash;
  }
  std::string take(const ContentHash& hash) { return blobs_.at(hash); }

 private:
  std::map<ContentHash, std::string> blobs_;
};

class TemporaryFolder {
 public:
  TemporaryFolder() : path_((fs::temp_directory_path() / "orc-plugin-test-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~TemporaryFolder() {
    std::error_code ignored;  // a folder for temporary files is cleaned by others too
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<void> unpack_package(std::string_view archive, const fs::path& into) { return unpack(archive, into); }

// Runs `awaitable` on `io` to its end.
template <typename T>
T wait_for(asio::io_context& io, asio::awaitable<T> awaitable) {
  std::optional<T> answer;
  std::exception_ptr thrown;
  asio::co_spawn(io, std::move(awaitable), [&](std::exception_ptr problem, T value) {
    thrown = problem;
    answer.emplace(std::move(value));
    io.stop();
  });
  io.restart();
  io.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*answer);
}

Async<void> check(SchemaValidator& schemas, const PluginSpec& spec, const std::string& input) {
  for (const auto& [name, schema] : {std::pair("input_schema", &spec.input_schema), std::pair("output_schema", &spec.output_schema)}) {
    if (!*schema) continue;
    if (auto checked = co_await schemas.check_schema(**schema); !checked)
      co_return fail(checked.error().code, std::string("plugin.json: ") + name + ": " + checked.error().message);
  }
  if (auto fits = co_await schemas.validate(spec.input_schema, input); !fits)
    co_return fail(fits.error().code, "the input does not fit input_schema: " + fits.error().message);
  co_return Result<void>{};
}

// Every file that the input names has to be given, as a server has to have it.
Outcome<void> check_files(const PluginTrial& trial) {
  const auto input = read_plugin_input(trial.input, "");
  if (!input) return stop_with(ExitCode::usage, "the input: " + input.error().message);
  for (const ContentHash& hash : input->blobs)
    if (!trial.blobs.contains(hash))
      return stop_with(ExitCode::usage, "the input names sha256:" + to_hex(hash) + ", which is not there: give the file with --blob FILE");
  return {};
}

bool has_lost_its_reader(int descriptor) {
  pollfd output{.fd = descriptor, .events = 0, .revents = 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

// Ends the run at the first signal that asks for it. SIGPIPE does when nobody reads what we print any more, as in `orc plugin test X |
// head`; it also comes when a program that stays up is gone, which is the cluster's to deal with.
asio::awaitable<void> end_on(asio::signal_set& signals, LocalCluster& cluster) {
  for (;;) {
    const auto [cancelled, signal] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
    if (cancelled) co_return;
    if (signal != SIGPIPE || has_lost_its_reader(STDOUT_FILENO) || has_lost_its_reader(STDERR_FILENO)) break;
  }
  cluster.cancel(trial_job, trial_fence);
}

boost::asio::awaitable<TrialEnd> run_and_judge(LocalCluster& cluster, SchemaValidator& schemas, PluginRun run) {
  const auto schema = run.version.spec.output_schema;
  TrialEnd end{.outcome = co_await cluster.run(std::move(run))};
  if (end.outcome.how != AttemptOutcome::succeeded) co_return end;
  if (auto reason = co_await why_no_result(schemas, schema, end.outcome.output)) {
    end.outcome.how = AttemptOutcome::output_rejected;
    end.outcome.message = std::move(*reason);
  }
  co_return end;
}

}  // namespace

ExitCode exit_code_of(AttemptOutcome how) {
  switch (how) {
    case AttemptOutcome::succeeded:
      return ExitCode::ok;
    case AttemptOutcome::refused:
    case AttemptOutcome::given_back:
    case AttemptOutcome::not_started:
    case AttemptOutcome::worker_lost:
      return ExitCode::unreachable;
    case AttemptOutcome::failed:
    case AttemptOutcome::timed_out:
    case AttemptOutcome::out_of_memory:
    case AttemptOutcome::output_rejected:
    case AttemptOutcome::cancelled:
      return ExitCode::negative;
  }
  return ExitCode::internal;
}

Outcome<TrialEnd> run_trial(PluginTrial trial, RunObserver& observer, EventLog& log) {
  const PluginSpec& spec = trial.packed.plugin.spec;
  if (spec.docker_image_url)
    return stop_with(ExitCode::usage, "plugin " + trial.packed.plugin.name + " is the image " + *spec.docker_image_url +
                                          ", and a trial runs folders only: register it with orc plugin add, and run it with orc run");
  if (auto given = check_files(trial); !given) return std::unexpected(given.error());
  asio::io_context io(1);
  SystemClock clock;
  WorkPool pool("schema checks", {});
  CachedSchemaValidator schemas(pool, {});
  PluginVersion version{.name = trial.packed.plugin.name, .version = trial.packed.plugin.version, .spec = trial.packed.plugin.spec};
  if (const auto checked = wait_for(io, check(schemas, version.spec, trial.input)); !checked)
    return stop_with(ExitCode::usage, checked.error().message);

  asio::signal_set signals(io, SIGINT, SIGTERM);  // before there is anything that they would leave behind
  if (!is_ignored(SIGHUP)) signals.add(SIGHUP);
  const TemporaryFolder folder;
  if (folder.path().empty()) return stop_with(ExitCode::unreachable, "no folder for temporary files can be made");
  const ContentHash package = Sha256Digest().sha256(trial.packed.package);
  trial.blobs.emplace(package, std::move(trial.packed.package));
  HeldBlobs blobs(std::move(trial.blobs));
  version.spec.package = package;

  SandboxSettings settings{.slots = 1, .data_dir = folder.path(), .launcher = trial.launcher, .least = trial.least};
  settings.network = version.spec.network;  // who runs a plugin here is who operates this host
  settings.uids = {.first = first_trial_uid + static_cast<std::uint32_t>(getpid()) % trials_max * uids_of_trial, .count = uids_of_trial};
  LocalCluster cluster(io.get_executor(), settings, blobs, unpack_package, log, clock);
  cluster.start();
  if (!cluster.facts().strongest) return stop_with(ExitCode::unreachable, cluster.facts().problem + "\n`orc doctor` says more.");

  signals.add(SIGPIPE);  // which the cluster had ignored
  asio::co_spawn(io, end_on(signals, cluster), asio::detached);
  PluginRun run{.job = trial_job, .fence = trial_fence, .version = version, .input = std::move(trial.input)};
  run.timeout = version.spec.limits.timeout;
  run.observer = &observer;
  TrialEnd end = wait_for(io, run_and_judge(cluster, schemas, std::move(run)));
  for (const Artifact& artifact : end.outcome.artifacts) end.files.emplace(artifact.name, blobs.take(artifact.hash));
  return end;
}

}  // namespace orc
