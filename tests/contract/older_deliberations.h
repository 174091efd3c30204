#pragma once

#include <gtest/gtest.h>
#include <string>

#include "ports/deliberation_store.h"
#include "tests/contract/run_async.h"

namespace orc {

// For tests: an INSERT of deliberations as programs up to migration 0018 write it, who know no columns of a task, a role and a budget.
// `moment` is a created_at in the database's own words.
inline std::string deliberations_of_0018(const std::string& moment) {
  const std::string request =
      R"({"task_id":"ceremony \"7\" \\u0000 é","task_description":"\u0000 \"role\":\"A\" \\\u0000","role":"the \"chair\" \\","constraints":{}})";
  const auto plan = [](const std::string& tokens) {
    return R"({"stages":[],"extract":{"kind":"pattern","pattern":"\"tokens\":7 \u0000"},"budget":{"calls":9)" + tokens +
           R"(},"prices":{"tokens":{"in":1}},"max_tokens":5})";
  };
  const auto row = [&](const std::string& id, const std::string& owner, const std::string& status, const std::string& tokens) {
    return "('" + id + "', " + owner + ", " + status + ", 'independent', '" + request + "', '" + plan(tokens) + "', " + moment + ")";
  };
  return "INSERT INTO deliberations (id, owner_id, status, preset, request, plan, created_at) VALUES " + row("d-1", "NULL", "0", "") +
         ", " + row("d-2", "7", "0", R"(,"tokens":1000)") + ", " + row("d-3", "7", "0", "") + ", " +
         row("d-4", "7", "2", R"(,"tokens":50)") + ", " + row("d-5", "7", "0", R"(,"tokens":9223372036854775807)");
}

inline void expect_what_deliberations_of_0018_say(DeliberationStore& store) {
  const auto jobs = ok(store.running_jobs("", 10));
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].task_id, "ceremony \"7\" \\u0000 é");
  EXPECT_EQ(jobs[0].role, R"(the "chair" \)");
  EXPECT_EQ(ok(store.tokens_since(UserId{7}, Timestamp{})), 1'000 + tokens_counted_max);
  const DeliberationMark ended = ok(store.mark("d-4"));
  EXPECT_EQ(ended.status, DeliberationStatus::failed);
  EXPECT_GT(ended.bytes, 250);
  EXPECT_LT(ended.bytes, 400);
  EXPECT_EQ(ok(store.page_bytes({.status = DeliberationStatus::failed})), ended.bytes);
}

}  // namespace orc
