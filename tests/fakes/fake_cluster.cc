#include "tests/fakes/fake_cluster.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace orc {

boost::asio::awaitable<PluginOutcome> FakeCluster::run(PluginRun run) {
  const std::pair name(run.job, run.fence);
  runs.push_back(run);
  while_running(run);
  if (life) co_await life(run);
  const auto is_cancelled = [&] { return std::ranges::find(cancelled, name) != cancelled.end(); };
  while (runs_hang && !is_cancelled()) co_await boost::asio::post(boost::asio::use_awaitable);
  if (runs_hang) co_return PluginOutcome{.how = AttemptOutcome::cancelled};
  if (outcomes.empty()) co_return PluginOutcome{.how = AttemptOutcome::succeeded, .output = "{}"};
  PluginOutcome outcome = std::move(outcomes.front());
  outcomes.pop_front();
  co_return outcome;
}

}  // namespace orc
