// How a run keeps the record of its calls and its end: the other half of DeliberationRun.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "application/deliberation/deliberation_run.h"
#include "application/turns.h"
#include "domain/passing_error.h"

namespace orc {
namespace {

constexpr std::chrono::seconds pause_after_failure{1};  // when the store is away

}  // namespace

boost::asio::awaitable<void> DeliberationRun::store_end() {
  const DeliberationEnd& end = *progress_.end();  // it may be large
  if (co_await store([&] { return ports_.store.end(deliberation_.id, end); }) == Stored::refused) {
    const DeliberationEnd without = {.status = DeliberationStatus::failed, .cut = end.cut, .error = "its end could not be stored"};
    co_await store([&] { return ports_.store.end(deliberation_.id, without); });
  }
  ports_.log.info(
      "deliberation ended",
      {{"deliberation_id", deliberation_.id}, {"status", to_word(end.status)}, {"calls", progress_.spent().calls}, {"reason", end.error}});
}

boost::asio::awaitable<void> DeliberationRun::end_as_failed(std::string reason) {
  ports_.log.warn("deliberation failed", {{"deliberation_id", deliberation_.id}, {"reason", reason}});
  slots_.forget();
  hang_up_on_all(was_ended_ ? HangUp::by_cancel : leaving_ ? HangUp::left : HangUp::by_fault);
  while (!calls_.empty()) co_await changed_->wait(ports_.clock.steady_now() + long_wait);
  for (; !finished_.empty(); finished_.pop_front())
    if (leaving_ || co_await record(finished_.front()) == Stored::gone) co_return;
  const DeliberationEnd end = {.status = DeliberationStatus::failed, .cut = CutShort::no, .error = std::move(reason)};
  if (!leaving_ && !was_ended_) co_await store([&] { return ports_.store.end(deliberation_.id, end); });
}

boost::asio::awaitable<DeliberationRun::Stored> DeliberationRun::store_finished() {
  // Those too that are of no use any more: they were paid for.
  while (!finished_.empty()) {
    const Stored stored = co_await record(finished_.front());
    if (stored == Stored::refused) throw std::runtime_error("the record of a call could not be stored");
    if (stored == Stored::gone) co_return Stored::gone;
    progress_.apply(finished_.front());
    finished_.pop_front();
    co_await score();
  }
  co_return Stored::yes;
}

boost::asio::awaitable<void> DeliberationRun::score() {
  Turns turns;
  while (progress_.is_scoring()) {
    progress_.score_some();
    co_await turns.spend(Turns::bytes_max);
  }
}

boost::asio::awaitable<DeliberationRun::Stored> DeliberationRun::record(FinishedCall& call) {
  if (!was_ended_) {
    Stored stored = co_await store([&] { return ports_.store.record(deliberation_.id, call); });
    if (stored == Stored::refused) {
      answers_.give_back(answer_bytes_of(call));
      give_up_answer(call, "what it gave could not be stored");
      answers_.keep(answer_bytes_of(call));
      stored = co_await store([&] { return ports_.store.record(deliberation_.id, call); });
    }
    if (stored != Stored::gone) co_return stored;
    if (leaving_) co_return Stored::gone;
    if (co_await is_recorded(call)) co_return Stored::yes;
    if (!co_await was_cancelled()) co_return Stored::gone;
    was_ended_ = true;
  }
  if (co_await store([&] { return ports_.store.record_after_cancel(deliberation_.id, call); }) == Stored::yes) co_return Stored::yes;
  co_return co_await is_recorded(call) ? Stored::yes : Stored::gone;
}

// That a call of this name is recorded may be our own doing, of a commit whose answer was lost.
boost::asio::awaitable<bool> DeliberationRun::is_recorded(const FinishedCall& call) {
  const auto recorded = co_await ports_.store.calls(deliberation_.id);
  co_return recorded&& std::ranges::find(*recorded, call) != recorded->end();
}

boost::asio::awaitable<bool> DeliberationRun::was_cancelled() {
  const auto now = co_await ports_.store.get(deliberation_.id);
  co_return now && now->status() == DeliberationStatus::cancelled;
}

boost::asio::awaitable<DeliberationRun::Stored> DeliberationRun::store(std::function<Async<void>()> change) {
  const auto pause = ports_.wake_ups.make();
  for (;;) {
    const auto done = co_await change();
    if (done) co_return Stored::yes;
    ports_.log.warn("deliberation could not be stored", {{"deliberation_id", deliberation_.id}, {"reason", done.error().message}});
    if (leaving_ || done.error().code == ErrorCode::conflict || done.error().code == ErrorCode::not_found) co_return Stored::gone;
    if (!may_pass(done.error())) co_return Stored::refused;
    co_await pause->wait(ports_.clock.steady_now() + pause_after_failure);
  }
}

}  // namespace orc
