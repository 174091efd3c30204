#include "adapters/docker/container_run.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <sys/wait.h>

#include "adapters/docker/container_state.h"
#include "adapters/docker/input_archive.h"
#include "adapters/docker/multiplexed_stream.h"
#include "adapters/sandbox/reading_pace.h"
#include "adapters/sandbox/run_places.h"
#include "adapters/sandbox/run_verdict.h"
#include "domain/passing_error.h"

namespace orc {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// How long an engine may take to kill a container before it is given up.
constexpr auto kill_patience = 20s;
// How long our process in a container may take to kill all others there before the container is killed with it.
constexpr auto order_patience = 2s;

// How often the state of a container that was killed is looked at, until it says that memory ran out.
constexpr int memory_looks_max = 6;
constexpr auto memory_look_interval = 200ms;

constexpr std::size_t pull_lines_max = 1000;
constexpr std::size_t stats_line_bytes_max = 256 * 1024;

// A name that is in use is that of a container which is being removed. One that is gone was removed by somebody else, which says nothing
// about what was asked.
bool engine_may_pass(const Error& error) {
  const bool is_gone = error.code == ErrorCode::not_found && error.message.contains("No such container");
  return may_pass(error) || error.code == ErrorCode::conflict || is_gone;
}

}  // namespace

ContainerRun::ContainerRun(asio::any_io_executor executor, ContainerPorts ports, const ContainerBounds& bounds, ContainerMark mark,
                           PluginRun run)
    : executor_(std::move(executor)),
      ports_(ports),
      bounds_(bounds),
      mark_(std::move(mark)),
      run_(std::move(run)),
      output_bytes_max_(static_cast<std::size_t>(run_.version.spec.limits.output_kb) * 1024),
      timer_(executor_) {
  if (bounds_.launcher.empty()) return;
  inside_.emplace(
      executor_, [this](std::string_view output) { take_from_plugin(output); }, [this](const Progress& progress) { tell(progress); });
}

asio::awaitable<PluginOutcome> ContainerRun::finish(std::shared_ptr<ContainerRun> self) {
  PluginOutcome outcome = co_await self->go();
  outcome.image = self->image_;
  self->stage_ = Stage::ended;
  self->timer_.cancel();
  co_return outcome;
}

asio::awaitable<PluginOutcome> ContainerRun::go() {
  if (const auto prepared = co_await prepare(); !prepared) co_return outcome_of(prepared.error());
  if (end_.stopped) co_return outcome_of({});
  if (const auto started = co_await start(); !started) co_return outcome_of(started.error());
  co_return co_await attend();
}

std::string ContainerRun::target(std::string_view act) const { return "/containers/" + mark_.name + std::string(act); }

// The image, the container and what it is given.
Async<void> ContainerRun::prepare() {
  auto input = read_plugin_input(run_.input, RunPlaces().input);
  if (!input) co_return pass_on(input);
  auto image = co_await engine_image(ports_.engine, *run_.version.spec.docker_image_url, bounds_.pull_patience, image_call_,
                                     [this](const std::string& line) { tell_pull(line); });
  if (!image) co_return pass_on(image);
  image_ = image->digest.empty() ? image->id : image->digest;
  const auto files = input->blobs.empty() ? InputFiles::none : InputFiles::some;
  const ContainerGift gift{.input = input->text, .files = files, .launcher = bounds_.launcher};
  auto order = container_order(run_, *image, mark_, gift, ports_.clock.now());
  if (!order) co_return pass_on(order);
  if (end_.stopped) co_return Result<void>{};
  may_have_container_ = true;
  auto made = co_await ports_.engine.ask({.method = "POST", .target = "/containers/create?name=" + mark_.name, .body = std::move(*order)});
  if (!made && made.error().code == ErrorCode::not_found) made.error().code = ErrorCode::unavailable;  // removed since it was looked at
  if (!made) co_return pass_on(made);
  if (auto put = co_await put_input_files(*input); !put) co_return pass_on(put);
  input_ = std::move(input->text);
  co_return Result<void>{};
}

Async<void> ContainerRun::put_input_files(const PluginInput& input) {
  std::uint64_t total = 0;
  for (const ContentHash& hash : input.blobs) {
    auto bytes = co_await ports_.blobs.get(hash);
    if (!bytes) co_return pass_on(bytes);
    total += bytes->size();
    input_file_bytes_ += std::ssize(*bytes);
    if (total > bounds_.input_blob_bytes_max)
      co_return fail(ErrorCode::invalid_argument,
                     "the files of the input are larger than " + std::to_string(bounds_.input_blob_bytes_max) + " bytes together");
    auto put = co_await ports_.engine.ask({.method = "PUT",
                                           .target = target("/archive?path=") + RunPlaces().input,
                                           .body = archive_of_file(to_hex(hash), *bytes),
                                           .content_type = "application/x-tar"});
    if (!put) co_return pass_on(put);
  }
  co_return Result<void>{};
}

// Attached first, so that nothing of what the plugin says is missed.
Async<void> ContainerRun::start() {
  auto stream = co_await ports_.engine.open({.method = "POST", .target = target("/attach?stream=1&stdin=1&stdout=1&stderr=1")});
  if (!stream) co_return pass_on(stream);
  stream_ = std::move(*stream);
  if (end_.stopped) co_return Result<void>{};
  auto started = co_await ports_.engine.ask({.method = "POST", .target = target("/start")});
  if (!started) co_return pass_on(started);
  co_return Result<void>{};
}

asio::awaitable<PluginOutcome> ContainerRun::attend() {
  using namespace asio::experimental::awaitable_operators;
  if (end_.stopped) co_return outcome_of({});
  started_ = std::chrono::steady_clock::now();
  stage_ = Stage::running;
  wake_after(run_.timeout);
  co_await (take_output() && give_input() && watch_usage() && await_end());
  if (end_.duration == 0ms)
    end_.duration = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
  end_collecting();
  if (problem_ && !end_.stopped) co_return outcome_of(*problem_);
  CgroupReport report{.ran_out_of_memory = ran_out_of_memory_, .peak_bytes = usage_.peak_bytes, .cpu_time = usage_.cpu};
  PluginOutcome outcome = judge(std::move(end_), report, run_, bounds_.isolation, ports_.clock.now());
  outcome.usage.bytes_in = std::ssize(input_) + input_file_bytes_;
  const auto told = static_cast<std::int64_t>(pull_log_.size());
  for (LogLine& line : outcome.log) line.n += told;
  outcome.log.insert(outcome.log.begin(), pull_log_.begin(), pull_log_.end());
  co_return outcome;
}

asio::awaitable<void> ContainerRun::take_output() {
  ReadingPace pace;
  MultiplexedStream parted([this](LogStream stream, std::string_view piece) { take_piece(stream, piece); });
  for (;;) {
    const auto bytes = co_await stream_->read();
    if (!bytes && stage_ != Stage::ended && stage_ != Stage::lost) problem_ = bytes.error();
    if (!bytes || bytes->empty()) break;
    const SteadyTime began = std::chrono::steady_clock::now();
    if (auto added = parted.add(*bytes); !added) problem_ = std::move(added).error();
    const auto rest = pace.after(began, std::chrono::steady_clock::now());
    if (problem_) break;
    if (inside_) co_await take_files();
    if (rest > 0ms && was_flooded() && stage_ != Stage::ended && !(inside_ && inside_->end())) co_await rest_for(rest);
  }
  // The rest of a piece is missing if the stream was closed by us, or by an engine that ended.
  if (!parted.is_between_pieces() && !problem_)
    problem_ = Error{ErrorCode::unavailable, "Docker broke off in the midst of a plugin's output"};
  stream_->close();  // whoever still writes the input waits for nobody
  // Without its output the run is of no use.
  if (problem_ && stage_ == Stage::running) {
    stage_ = Stage::asked;
    on_time();
  }
}

void ContainerRun::take_piece(LogStream stream, std::string_view piece) {
  switch (stream) {
    case LogStream::out:
      if (!inside_) return take_from_plugin(piece);
      if (auto added = inside_->add(piece, std::chrono::steady_clock::now()); !added && !problem_) problem_ = std::move(added).error();
      return;
    case LogStream::err:
      end_.log.add(piece, ports_.clock.now(), LogStream::err);
      tell_news();
      return;
  }
}

void ContainerRun::take_from_plugin(std::string_view output) {
  if (end_.stopped == StopReason::output_too_large) return;
  end_.output += output;
  if (end_.output.size() <= output_bytes_max_) return;
  end_.output.resize(output_bytes_max_);
  stop(StopReason::output_too_large, 0ms);
}

void ContainerRun::tell_pull(const std::string& line) {
  if (pull_log_.size() >= pull_lines_max) return;
  pull_log_.push_back(
      {.n = static_cast<std::int64_t>(pull_log_.size()) + 1, .t = ports_.clock.now(), .stream = LogStream::err, .text = line});
  if (run_.observer != nullptr) run_.observer->log_grew(std::span(pull_log_).last(1));
}

void ContainerRun::tell_news() {
  const auto news = end_.log.head().subspan(lines_told_);
  if (run_.observer == nullptr || news.empty()) return;
  lines_told_ += news.size();
  std::vector<LogLine> lines(news.begin(), news.end());
  for (LogLine& line : lines) line.n += static_cast<std::int64_t>(pull_log_.size());
  run_.observer->log_grew(lines);
}

// A plugin need not read it: then this ends with the stream.
asio::awaitable<void> ContainerRun::give_input() {
  if (const auto written = co_await stream_->write(input_); written) stream_->finish_writing();
}

// What the engine counted last before the end; it counts about once a second, so of a short run nothing.
asio::awaitable<void> ContainerRun::watch_usage() {
  std::string line;
  EngineCall call{.target = target("/stats?stream=1"), .body = {}, .patience = endless_patience, .hang_up = &stats_call_};
  // Its end says nothing about the run: where it cannot be had, usage stays at what was counted.
  [[maybe_unused]] const auto ended = co_await ports_.engine.follow(std::move(call), [&](std::string_view part) -> Result<void> {
    for (const char c : part) {
      if (c != '\n') {
        line += c;
        continue;
      }
      if (const auto usage = read_container_usage(line)) {
        usage_.cpu = std::max(usage_.cpu, usage->cpu);
        usage_.peak_bytes = std::max(usage_.peak_bytes, usage->peak_bytes);
      }
      line.clear();
    }
    if (line.size() > stats_line_bytes_max) return fail(ErrorCode::unavailable, "Docker counts in too long a line");
    return {};
  });
}

asio::awaitable<void> ContainerRun::await_end() {
  EngineCall call{.method = "POST", .target = target("/wait"), .body = {}, .patience = endless_patience, .hang_up = &wait_call_};
  const auto waited = co_await ports_.engine.ask(std::move(call));
  if (!waited) {
    problem_ = waited.error();
  } else if (auto learnt = co_await learn_end(); !learnt) {
    problem_ = learnt.error();
  }
  stage_ = problem_ ? Stage::lost : Stage::ended;
  stats_call_.now();
  if (problem_)
    wake_after(0ms);
  else if (!is_keeping_)
    wake_after(patience_at_the_end());
}

Async<void> ContainerRun::learn_end() {
  for (int looks = 1;; ++looks) {
    const auto told = co_await ports_.engine.ask({.target = target("/json")});
    if (!told) co_return std::unexpected(told.error());
    auto state = read_container_state(told->body);
    if (!state) co_return pass_on(state);
    if (state->is_running) co_return fail(ErrorCode::unavailable, "Docker says that the container has ended and that it runs");
    end_.wait_status = W_EXITCODE(state->exit_code, 0);
    ran_out_of_memory_ = state->ran_out_of_memory;
    // That memory ran out is told to the engine on another way than the end, and may come later.
    const bool may_be_told_yet =
        !(inside_ && inside_->end()) && state->exit_code == 128 + SIGKILL && !state->ran_out_of_memory && !end_.stopped;
    if (!may_be_told_yet || looks == memory_looks_max) co_return Result<void>{};
    asio::steady_timer pause(co_await asio::this_coro::executor, memory_look_interval);
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void ContainerRun::stop(StopReason reason, std::chrono::milliseconds grace) {
  // The container may end while the last of its files are still being kept.
  if (files_come() && (stage_ == Stage::collecting || stage_ == Stage::ended)) {
    wants_files_ = false;
    end_.stopped = reason;  // what it left is kept as a whole or not at all
    return on_time();
  }
  grace = std::min<std::chrono::milliseconds>(grace, run_.version.spec.limits.grace);
  if (stage_ == Stage::asked && grace <= 0ms) return on_time();  // whoever stops does not wait for a grace that was given before
  if (stage_ != Stage::preparing && stage_ != Stage::running) return;
  if (!end_.stopped) end_.stopped = reason;
  if (stage_ == Stage::preparing) return image_call_.now();
  stage_ = Stage::asked;
  if (grace <= 0ms) return on_time();
  signal("TERM");
  wake_after(grace);
}

void ContainerRun::on_time() {
  switch (stage_) {
    case Stage::preparing:
      return;
    case Stage::running:
      stop(StopReason::timed_out, run_.version.spec.limits.grace);
      return;
    case Stage::asked:
      if (inside_) {
        stage_ = Stage::ordered;
        signal("USR1");
        wake_after(order_patience);
        return;
      }
      [[fallthrough]];
    case Stage::ordered:
    case Stage::collecting:
      stage_ = Stage::killed;
      signal("KILL");
      wake_after(kill_patience);
      return;
    case Stage::killed:
      // Its removal is tried again by whoever made the run.
      wait_call_.now();
      return;
    case Stage::lost:
    case Stage::ended:
      stream_->close();
      return;
  }
}

void ContainerRun::wake_after(std::chrono::milliseconds delay) {
  timer_.expires_after(delay);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
    if (cancelled) return;
    if (const auto self = weak.lock()) self->on_time();
  });
}

void ContainerRun::signal(std::string_view name) {
  auto send = [](std::shared_ptr<ContainerRun> self, std::string_view signal_name) -> asio::awaitable<void> {
    co_await self->send_signal(signal_name);
  };
  asio::co_spawn(executor_, send(shared_from_this(), name), asio::detached);
}

// If it does not arrive the next stage of stop() comes, and in the end the removal.
asio::awaitable<void> ContainerRun::send_signal(std::string_view signal) {
  [[maybe_unused]] const auto sent =
      co_await ports_.engine.ask({.method = "POST", .target = target("/kill?signal=") + std::string(signal), .body = {}, .patience = 10s});
}

// Of a run that did not get to its end.
PluginOutcome ContainerRun::outcome_of(Error problem) const {
  PluginOutcome outcome;
  outcome.isolation = bounds_.isolation;
  outcome.log = pull_log_;
  if (end_.stopped == StopReason::cancelled) {
    outcome.how = AttemptOutcome::cancelled;
    outcome.message = "cancelled before it ran";
  } else if (end_.stopped) {
    outcome.how = AttemptOutcome::given_back;
    outcome.message = "the worker stops";
  } else {
    outcome.how = engine_may_pass(problem) ? AttemptOutcome::not_started : AttemptOutcome::refused;
    outcome.message = std::move(problem.message);
  }
  return outcome;
}

}  // namespace orc
