#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "adapters/sandbox/testing/sandbox_test.h"

namespace orc {

// No cgroup, so that the levels which must do without one are shown to do so; `strict` counts with it.
class IsolationTest : public SandboxTest, public testing::WithParamInterface<Isolation> {
 protected:
  void SetUp() override {
    level_ = GetParam();
    SandboxTest::SetUp();
    if (HasFatalFailure() || level_ == Isolation::strict) return;
    settings_.mountinfo = "/dev/null";
    start_cluster(settings_);
  }

  bool has_own_uid() const { return geteuid() == 0; }

  // One cell of the table for each level; empty: it promises nothing.
  struct Row {
    std::vector<std::string> words;
    std::string strict;
    std::string container;
    std::string none;
  };
  void expect(const Row& row) {
    const std::string& cell = level_ == Isolation::strict ? row.strict : level_ == Isolation::container ? row.container : row.none;
    if (cell.empty()) return;
    EXPECT_THAT(output_of(row.words), testing::MatchesRegex(cell)) << testing::PrintToString(row.words);
  }
};

}  // namespace orc
