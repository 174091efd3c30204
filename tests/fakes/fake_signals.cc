#include "tests/fakes/fake_signals.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace orc {
namespace {

// More than any use case takes from one wait to the next. A count, since nobody can ask the loop whether only waits are left.
constexpr int steps_to_rest = 200;

}  // namespace

class FakeSignals::Registration final : public Watch {
 public:
  using Place = std::multimap<JobId, std::function<void()>>::iterator;
  Registration(FakeSignals& signals, Place place) : signals_(signals), place_(place) {}
  ~Registration() override { signals_.watches_.erase(place_); }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  FakeSignals& signals_;
  const Place place_;
};

void FakeSignals::work_arrived() {
  ++work_arrivals;
  if (hints_are_lost) return;
  ++work_told_;
  ++calls;
}

void FakeSignals::job_ended(JobId id) {
  ended.push_back(id);
  if (hints_are_lost) return;
  ++calls;
  const auto [first, last] = watches_.equal_range(id);
  std::vector<std::function<void()>> called;
  for (auto i = first; i != last; ++i) called.push_back(i->second);
  for (const auto& call : called) call();
}

boost::asio::awaitable<void> FakeSignals::wait_for_work(std::uint64_t seen, SteadyTime until) {
  co_await wait(until, [this, seen] { return work_hints() > seen; });
}

std::unique_ptr<JobSignals::Watch> FakeSignals::watch(JobId id, std::function<void()> on_end) {
  return std::make_unique<Registration>(*this, watches_.emplace(id, std::move(on_end)));
}

boost::asio::awaitable<void> FakeSignals::wait_for_end(JobId id, SteadyTime until) {
  const auto seen = hints_are_lost ? 0 : std::ranges::count(ended, id);
  co_await wait(until, [this, id, seen] { return !hints_are_lost && std::ranges::count(ended, id) > seen; });
}

boost::asio::awaitable<void> FakeSignals::wait(SteadyTime until, std::function<bool()> hint_came) {
  ++waits;
  const auto end = ends_.insert(until);
  while (!hint_came() && clock_.steady_now() < until) {
    co_await let_others_rest(hint_came);
    const int before = calls;
    if (!hint_came()) while_waiting();
    if (hint_came()) break;
    if (calls != before) continue;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*ends_.begin() - clock_.steady_now());
    clock_.advance(std::max(left, std::chrono::milliseconds{0}));
  }
  ends_.erase(end);
  co_await boost::asio::post(boost::asio::use_awaitable);
}

boost::asio::awaitable<void> FakeSignals::let_others_rest(const std::function<bool()>& hint_came) const {
  for (int i = 0; i < steps_to_rest && !hint_came(); ++i) co_await boost::asio::post(boost::asio::use_awaitable);
}

}  // namespace orc
