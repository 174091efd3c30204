#include "adapters/rest/readiness_checks.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace orc {

namespace asio = boost::asio;

namespace {

std::string in_words(std::chrono::milliseconds time) {
  const bool whole = time.count() % 1'000 == 0;
  return whole ? std::to_string(time.count() / 1'000) + " s" : std::to_string(time.count()) + " ms";
}

}  // namespace

bool ReadinessReport::all_ready() const {
  return std::ranges::all_of(checks, [](const Check& check) { return check.state.has_value(); });
}

ReadinessChecks::ReadinessChecks(const std::vector<ReadinessProbe*>& probes, Clock& clock, ReadinessTimes times)
    : clock_(clock), times_(times) {
  for (ReadinessProbe* probe : probes) watches_.push_back({.probe = *probe});
}

asio::awaitable<ReadinessReport> ReadinessChecks::report() {
  if (clock_.steady_now() < stale_at_) co_return report_;
  if (!round_) begin_round(co_await asio::this_coro::executor);
  if (const auto round = round_) {  // it may have ended at once
    boost::system::error_code cancelled;
    co_await round->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (round == round_) end_round();  // the first whom the clock woke
  }
  co_return report_;
}

void ReadinessChecks::begin_round(const asio::any_io_executor& executor) {
  round_ = std::make_shared<asio::steady_timer>(executor, times_.answer_max);
  std::vector<Watch*> to_ask;
  for (Watch& watch : watches_)
    if (!watch.asked) to_ask.push_back(&watch);
  for (Watch* watch : to_ask) watch->asked = true;
  silent_ = watches_.size();
  for (Watch* watch : to_ask) {
    asio::co_spawn(executor, watch->probe.check(), [this, watch](const std::exception_ptr& failure, Result<std::string> said) {
      if (failure) std::rethrow_exception(failure);  // a fault of ours (ports/async.h): it leaves io_context::run()
      answered(*watch, std::move(said));
    });
  }
  if (watches_.empty()) end_round();
}

void ReadinessChecks::answered(Watch& watch, Result<std::string> said) {
  watch.asked = false;
  watch.said = std::move(said);
  --silent_;
  if (silent_ == 0 && round_) end_round();
}

void ReadinessChecks::end_round() {
  report_.checks.clear();
  for (const Watch& watch : watches_) {
    ReadinessReport::Check check{.name = std::string(watch.probe.name()), .state = watch.said};
    if (watch.asked) check.state = fail(ErrorCode::unavailable, "no answer within " + in_words(times_.answer_max));
    report_.checks.push_back(std::move(check));
  }
  stale_at_ = clock_.steady_now() + times_.kept;
  std::exchange(round_, nullptr)->cancel();
}

}  // namespace orc
