#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/contract/cluster_bench.h"

namespace orc {

// What each back end answers to the same question. A text that begins with "~" is a regular expression (ECMAScript) for all that follows.
struct Cells {
  std::string strict;
  std::string container;
  std::string none;
  std::string warm;
  std::string docker;
  // Of what stays up at the weaker levels; empty: as at `strict`.
  std::string warm_container{};
  std::string warm_none{};
};

// One row of the table: a question to a back end, and its answers.
struct Promise {
  std::string name;
  std::function<std::string(ClusterBench& bench)> ask;
  Cells cells;
};

// What any Cluster promises for a run (ports/cluster.h, contract section 12), as a table. Where a back end cannot do it, its cell says what
// it does instead, and the comment above the row why.
std::vector<Promise> cluster_promises();

const std::string& cell_of(const Cells& cells, BackEnd back_end);

}  // namespace orc
