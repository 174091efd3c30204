#include "adapters/remote_cluster/stop_watches.h"

#include <utility>

namespace orc {

class StopWatches::Watching final : public WorkSource::Watch {
 public:
  Watching(StopWatches& watches, RunName run) : watches_(watches), run_(run) {}
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;
  ~Watching() override { watches_.watches_.erase(run_); }

 private:
  StopWatches& watches_;
  const RunName run_;
};

std::unique_ptr<WorkSource::Watch> StopWatches::add(RunName run, std::function<void()> on_stop) {
  if (early_.erase(run) > 0) std::exchange(on_stop, nullptr)();
  watches_.insert_or_assign(run, std::move(on_stop));
  return std::make_unique<Watching>(*this, run);
}

void StopWatches::call(std::span<const RunName> stops) {
  early_.clear();
  for (const RunName run : stops) {
    const auto found = watches_.find(run);
    if (found == watches_.end())
      early_.insert(run);
    else if (const auto on_stop = std::exchange(found->second, nullptr))
      on_stop();
  }
}

std::vector<RunName> StopWatches::watched() const {
  std::vector<RunName> runs;
  for (const auto& [run, on_stop] : watches_) runs.push_back(run);
  return runs;
}

}  // namespace orc
