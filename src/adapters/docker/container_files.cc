// How a container's run keeps the files that its plugin left: a part of ContainerRun.
#include <algorithm>
#include <sys/wait.h>
#include <utility>

#include "adapters/docker/container_run.h"
#include "adapters/sandbox/kept_files.h"

namespace orc {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// How long a container's stream may take to end after the container, and with files on their way.
constexpr auto stream_patience = 2s;
constexpr auto files_patience = 60s;

}  // namespace

// Nothing of the plugin lives any more, once its end is told.
asio::awaitable<void> ContainerRun::take_files() {
  if (inside_->end() && end_.duration == 0ms) begin_collecting();
  while (auto file = inside_->next_file())
    if (wants_files_) co_await keep(std::move(*file));
}

// Its time is its own: what is not read yet waits for it, though the container has ended.
asio::awaitable<void> ContainerRun::keep(CollectedFiles::File file) {
  const auto is_late_only_by_this = [this] { return stage_ == Stage::collecting || stage_ == Stage::ended; };
  if (is_late_only_by_this()) timer_.cancel();
  is_keeping_ = true;
  const bool is_kept = co_await keep_file(ports_.blobs, std::move(file), end_);
  is_keeping_ = false;
  wants_files_ = wants_files_ && is_kept;  // somebody may have stopped it meanwhile
  if (is_late_only_by_this()) wake_after(stage_ == Stage::ended ? patience_at_the_end() : std::chrono::milliseconds(collecting_max));
}

// Whatever is still on its way comes soon.
std::chrono::milliseconds ContainerRun::patience_at_the_end() const { return files_come() ? files_patience : stream_patience; }

void ContainerRun::begin_collecting() {
  end_.duration = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
  if (end_.stopped == StopReason::cancelled || end_.stopped == StopReason::service_stops) wants_files_ = false;
  if (stage_ != Stage::running && stage_ != Stage::asked && stage_ != Stage::ordered) return;
  stage_ = Stage::collecting;
  if (!wants_files_) return on_time();
  wake_after(std::chrono::duration_cast<std::chrono::milliseconds>(collecting_max));
}

void ContainerRun::end_collecting() {
  if (!inside_) return;
  inside_->finish();
  end_.malformed_progress = inside_->malformed_progress();
  end_.left_out = inside_->collected().left_out();
  if (const auto& told = inside_->end()) {
    end_.wait_status = W_EXITCODE(told->exit_code, 0);
    ran_out_of_memory_ = ran_out_of_memory_ || told->ran_out_of_memory;
    usage_.cpu = std::max(usage_.cpu, std::optional(told->cpu));
    usage_.peak_bytes = std::max(usage_.peak_bytes, std::optional(told->peak_bytes));
    if (wants_files_ && !inside_->collected().is_complete())
      end_.keeping_failed = Error{ErrorCode::unavailable, "they did not all come from their container"};
  } else if (!problem_ && end_.wait_status == 0) {
    // What came may be a part of its output. A failure is one with a part of its words, too.
    problem_ = Error{ErrorCode::unavailable, "Docker ended a plugin's output before its end was told"};
  }
}

}  // namespace orc
