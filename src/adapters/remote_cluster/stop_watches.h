#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "ports/work_source.h"

namespace orc {

// StopWatches are those who want to know when a run must stop, and what the server said before anybody asked. On one thread; outlives its
// watches.
class StopWatches {
 public:
  std::unique_ptr<WorkSource::Watch> add(RunName run, std::function<void()> on_stop);

  // The server wants these to stop.
  void call(std::span<const RunName> stops);

  bool empty() const { return watches_.empty(); }
  std::vector<RunName> watched() const;

 private:
  class Watching;

  std::map<RunName, std::function<void()>> watches_;  // empty functions: already called
  std::set<RunName> early_;                           // from the last word of the server, not watched yet
};

}  // namespace orc
