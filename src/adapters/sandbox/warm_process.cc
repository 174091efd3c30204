#include "adapters/sandbox/warm_process.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace orc {
namespace {

constexpr std::size_t quoted_bytes_max = 512;

}  // namespace

void WarmProcess::attach(std::shared_ptr<LiveRun> run, FileDescriptor input, SteadyTime started) {
  run_ = std::move(run);
  started_ = started;
  input_.assign(input.release());
  if (end_wanted_) run_->stop(StopReason::service_stops, *end_wanted_);
}

void WarmProcess::detach() {
  run_.reset();
  started_.reset();
  close_input();
}

void WarmProcess::close_input() {
  boost::system::error_code ignored;  // nobody is meant to read it any more
  if (input_.is_open()) input_.close(ignored);
}

void WarmProcess::count_with(ProcessMeter meter) {
  meter_.emplace(std::move(meter));
  usage.count_with(&*meter_);
}

std::optional<std::int64_t> WarmProcess::held_bytes() const {
  if (cgroup) return cgroup->held_bytes();
  return meter_ ? meter_->held_bytes() : std::nullopt;
}

void WarmProcess::send(WarmRequestId id, std::string_view input, std::string_view context) {
  has_had_others_ =
      std::ranges::any_of(in_flight, [&](const auto& entry) { return entry.first != id && entry.second.stage == Stage::sent; });
  if (!has_had_others_) log_end_.clear();
  last_sent_ = std::max(last_sent_, id);
  append_warm_request(outbox_, id, input, context);
  flush();
}

// Whatever comes while a write is under way goes out with the next one.
void WarmProcess::flush() {
  if (!sending_.empty() || outbox_.empty() || !input_.is_open()) return;
  sending_.swap(outbox_);
  boost::asio::async_write(input_, boost::asio::buffer(sending_),
                           [self = shared_from_this()](boost::system::error_code failed, std::size_t) {
                             self->sending_.clear();
                             if (!failed) self->flush();  // else it reads no more, and its end is seen by others
                           });
}

void WarmProcess::fail(WarmFault fault, std::chrono::milliseconds grace) {
  if (fault_) return;
  fault_ = std::move(fault);
  usage.count_with(nullptr);  // soon nobody is left to ask
  listener_.failed(*this);
  end(grace);
}

void WarmProcess::end(std::chrono::milliseconds grace) {
  close_input();
  if (run_)
    run_->stop(StopReason::service_stops, grace);
  else
    end_wanted_ = grace;
}

std::size_t WarmProcess::line_bytes_max() const { return static_cast<std::size_t>(limits_.output_kb) * 1024 + warm_line_overhead_max; }

bool WarmProcess::took_output(std::string_view bytes) {
  bool is_awaited = bytes.find('\n') == std::string_view::npos;  // a part of a long line may be an answer's
  while (!bytes.empty() && !fault_) {
    const std::size_t end = bytes.find('\n');
    if (inbox_.size() + std::min(end, bytes.size()) > line_bytes_max()) {
      fail({.how = AttemptOutcome::output_rejected,
            .message = "output too large: a line of more than limits.output_kb " + std::to_string(limits_.output_kb)},
           std::chrono::milliseconds{0});
      return false;
    }
    if (end == std::string_view::npos) {
      inbox_ += bytes;
      break;
    }
    std::string_view line = bytes.substr(0, end);
    if (!inbox_.empty()) line = inbox_ += line;
    if (const auto said = reader_.read(line); said) {
      is_awaited |= is_answer(*said) || std::holds_alternative<WarmReady>(*said);
      listener_.heard(*this, *said);
    } else {
      fail({.how = AttemptOutcome::output_rejected,
            .message = "it wrote a line that is no answer: " + said.error().message +
                       "; it wrote: " + well_formed(line.substr(0, quoted_bytes_max))},
           std::chrono::milliseconds{0});
    }
    inbox_.clear();
    bytes.remove_prefix(end + 1);
  }
  listener_.paused(*this);
  return is_awaited;
}

bool WarmProcess::took_log(std::string_view bytes) {
  log_end_.add(bytes);
  return listener_.logged(*this, bytes);
}

}  // namespace orc
