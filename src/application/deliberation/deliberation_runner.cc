#include "application/deliberation/deliberation_runner.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>
#include <utility>

#include "domain/assert.h"

namespace orc {
namespace {

// A submission is told; this finds those of a process before, of another process, and those for which there was no room.
constexpr std::chrono::seconds look_around_after{2};
constexpr int page = 100;
constexpr std::size_t bytes_until_read = 4 * 1024 * 1024;  // of one whose size is not known yet: none is larger that was just submitted

}  // namespace

DeliberationRunner::DeliberationRunner(boost::asio::any_io_executor executor, DeliberationPorts ports, Limits limits)
    : executor_(std::move(executor)),
      ports_(ports),
      limits_(limits),
      slots_({.calls_max = limits.calls_max, .calls_of_one_max = limits.calls_of_one_max, .bytes_max = limits.call_bytes_max}),
      answers_({.bytes_of_one_max = limits.answer_bytes_of_one_max,
                .bytes_of_one_own = limits.answer_bytes_of_one_own,
                .bytes_max = limits.answer_bytes_max}),
      look_(ports.wake_ups.make()),
      run_has_ended_(ports.wake_ups.make()) {}

void DeliberationRunner::start() {
  ORC_ASSERT(!is_looking_);
  is_looking_ = true;
  boost::asio::co_spawn(executor_, look_around(), boost::asio::detached);
}

void DeliberationRunner::submitted(std::string_view id) { take_up(id, Record::is_empty); }

void DeliberationRunner::take_up(std::string_view id, Record record) {
  if (is_stopping_ || !has_seat_ || !has_room()) return;
  if (!taken_.emplace(id, false).second) return;
  kept_bytes_ += bytes_until_read;
  boost::asio::co_spawn(executor_, run_one(std::string(id), record), boost::asio::detached);
}

void DeliberationRunner::ended(std::string_view id) {
  if (const auto run = runs_.find(id); run != runs_.end()) return run->second->was_ended();
  if (const auto read = taken_.find(id); read != taken_.end()) read->second = true;
}

boost::asio::awaitable<void> DeliberationRunner::hang_up(std::string id) {
  const auto run = runs_.find(id);
  if (run == runs_.end()) {
    // If it is not ended after all, the next look around takes it up.
    if (const auto read = taken_.find(id); read != taken_.end()) read->second = true;
    co_return;
  }
  run->second->cancel();
  const auto ended = ports_.wake_ups.make();
  hanging_up_.insert(ended.get());
  const SteadyTime until = ports_.clock.steady_now() + hang_up_max;
  while (runs_.contains(id) && ports_.clock.steady_now() < until) co_await ended->wait(until);
  hanging_up_.erase(ended.get());
}

boost::asio::awaitable<void> DeliberationRunner::look_around() {
  while (!is_stopping_) {
    co_await ask_for_seat();
    if (has_seat_) co_await take_what_runs();
    if (!is_stopping_) co_await look_->wait(ports_.clock.steady_now() + look_around_after);
  }
  is_looking_ = false;
  run_has_ended_->wake();
}

// While the store cannot be asked nobody's seat changes: without it no call counts either.
boost::asio::awaitable<void> DeliberationRunner::ask_for_seat() {
  const auto seat = co_await ports_.store.take_seat();
  if (!seat) {
    ports_.log.warn("deliberations could not be read", {{"reason", seat.error().message}});
    co_return;
  }
  if (has_seat_ && !*seat) {
    ports_.log.warn("deliberations left to another process", {{"running", static_cast<std::int64_t>(runs_.size())}});
    for (const auto& [id, run] : runs_) run->leave();
    ++seat_;
  }
  has_seat_ = *seat;
}

boost::asio::awaitable<void> DeliberationRunner::take_what_runs() {
  std::set<std::string, std::less<>> not_seen;  // of those that we run: another process may have ended them
  for (const auto& [id, run] : runs_) not_seen.insert(id);
  std::string last;
  for (bool is_more = true; is_more;) {
    if (is_stopping_ || (!has_room() && not_seen.empty())) co_return;
    auto found = co_await ports_.store.ids_running(last, page);
    if (!found) {
      ports_.log.warn("deliberations could not be read", {{"reason", found.error().message}});
      co_return;
    }
    is_more = found->size() == page;
    for (const std::string& id : *found) {
      take_up(id, Record::may_be_large);
      not_seen.erase(id);
      last = id;
    }
  }
  for (const std::string& id : not_seen) ended(id);
}

bool DeliberationRunner::has_room() const {
  return taken_.size() < limits_.deliberations_max && kept_bytes_ < limits_.deliberation_bytes_max && !answers_.is_full();
}

// Nobody knows the size of a record before it has been read: so few are read at once.
boost::asio::awaitable<void> DeliberationRunner::begin_read() {
  const auto turn = ports_.wake_ups.make();
  while (reading_ >= limits_.records_read_max) {
    reads_next_.push_back(turn.get());
    co_await turn->wait(ports_.clock.steady_now() + look_around_after);
    std::erase(reads_next_, turn.get());
  }
  ++reading_;
}

void DeliberationRunner::end_read() {
  --reading_;
  if (!reads_next_.empty()) reads_next_.front()->wake();
}

boost::asio::awaitable<void> DeliberationRunner::run_one(std::string id, Record kind) {
  std::size_t kept = bytes_until_read;
  std::optional<DeliberationRun> run;
  if (kind == Record::may_be_large) co_await begin_read();
  co_await log_what_is_thrown(id, load(id, kind, kept, run));
  if (kind == Record::may_be_large) end_read();
  const bool was_run = run.has_value();
  if (run) {
    co_await log_what_is_thrown(id, run->run());
    runs_.erase(id);
    for (WakeUp* const waiting : hanging_up_) waiting->wake();
  }
  const bool had_room = has_room();
  run.reset();
  taken_.erase(id);
  kept_bytes_ -= kept;
  if (was_run && !had_room && has_room()) look_->wake();
  run_has_ended_->wake();
}

boost::asio::awaitable<void> DeliberationRunner::load(const std::string& id, Record kind, std::size_t& kept,
                                                      std::optional<DeliberationRun>& run) {
  const int seat = seat_;
  // Those before it may have filled the room: it waits in the store then, for the next look around.
  if (kind == Record::may_be_large && (kept_bytes_ - kept >= limits_.deliberation_bytes_max || answers_.is_full())) co_return;
  auto deliberation = co_await ports_.store.get(id);
  auto record = co_await ports_.store.calls(id);
  if (!deliberation || !record) {
    // The next look around tries again.
    ports_.log.warn("deliberation could not be read",
                    {{"deliberation_id", id}, {"reason", deliberation ? record.error().message : deliberation.error().message}});
    co_return;
  }
  if (deliberation->end || taken_.at(id) || is_stopping_ || !has_seat_ || seat != seat_)
    co_return;  // somebody else may have gone on with it
  const bool had_room = has_room();
  kept_bytes_ -= std::exchange(kept, bytes_of(*deliberation));
  kept_bytes_ += kept;
  run.emplace(executor_, ports_, slots_, answers_, std::move(*deliberation), std::move(*record));
  runs_.emplace(id, &*run);
  if (!had_room && has_room()) look_->wake();
}

boost::asio::awaitable<void> DeliberationRunner::log_what_is_thrown(const std::string& id, boost::asio::awaitable<void> work) {
  try {
    co_await std::move(work);
  } catch (const std::exception& fault) {
    ports_.log.warn("deliberation was left", {{"deliberation_id", id}, {"reason", fault.what()}});
  }
}

void DeliberationRunner::request_stop() {
  is_stopping_ = true;
  look_->wake();
  for (const auto& [id, run] : runs_) run->drain();
}

boost::asio::awaitable<void> DeliberationRunner::wait(SteadyTime deadline) {
  request_stop();
  while (is_looking_ || !taken_.empty()) {
    const SteadyTime now = ports_.clock.steady_now();
    if (now >= deadline)
      for (const auto& [id, run] : runs_) run->leave();
    co_await run_has_ended_->wait(now < deadline ? deadline : now + look_around_after);
  }
}

}  // namespace orc
