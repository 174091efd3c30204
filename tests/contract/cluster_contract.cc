// Every back end that runs plugins against one table of what any Cluster promises (cluster_promises.cc).
#include <cstdlib>
#include <gtest/gtest.h>
#include <regex>

#include "tests/contract/cluster_promises.h"

namespace orc {

void PrintTo(const Promise& promise, std::ostream* out) { *out << promise.name; }

namespace {

// All, unless ORC_BACK_ENDS names those that the tests' host can give, such as "container,none".
std::vector<BackEnd> back_ends_to_test() {
  const char* const chosen = std::getenv("ORC_BACK_ENDS");
  std::vector<BackEnd> back_ends;
  for (const BackEnd one :
       {BackEnd::strict, BackEnd::container, BackEnd::none, BackEnd::warm, BackEnd::warm_container, BackEnd::warm_none, BackEnd::docker})
    if (chosen == nullptr || ("," + std::string(chosen) + ",").contains("," + to_word(one) + ",")) back_ends.push_back(one);
  return back_ends;
}

class ClusterContract : public testing::TestWithParam<std::tuple<Promise, BackEnd>> {};

INSTANTIATE_TEST_SUITE_P(Table, ClusterContract,
                         testing::Combine(testing::ValuesIn(cluster_promises()), testing::ValuesIn(back_ends_to_test())),
                         [](const auto& cell) {
                           return std::get<Promise>(cell.param).name + "__" + to_word(std::get<BackEnd>(cell.param));
                         });

TEST_P(ClusterContract, holds) {
  const auto& [promise, back_end] = GetParam();
  if (const std::string problem = why_not(back_end); !problem.empty()) GTEST_SKIP() << to_word(back_end) << ": " << problem;
  ClusterBench bench(back_end);
  if (HasFailure()) return;
  const std::string answer = promise.ask(bench);
  const std::string& cell = cell_of(promise.cells, back_end);
  if (!cell.starts_with('~')) {
    EXPECT_EQ(answer, cell);
    return;
  }
  EXPECT_TRUE(std::regex_match(answer, std::regex(cell.substr(1)))) << answer << "\nwhere this was expected: " << cell;
}

}  // namespace
}  // namespace orc
