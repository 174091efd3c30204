#pragma once

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/postgres/one_store.h"
#include "adapters/postgres/private_server.h"

namespace orc::postgres {

// For tests: the server of one test program, as the older service and its guests see it.
PrivateServer& shared_server();

// The statements that make the older service's tables and rows.
std::string older_service();

// The URL with a setting of its sessions ("-csearch_path%3Dapp").
std::string with_options(const std::string& url, const std::string& options);

// What somebody else does, who knows nothing of us.
void sql_of_others(const std::string& url, const std::string& text);

// A database of the older service that was adopted, and what that service does to it afterwards.
class AdoptedDatabase : public testing::Test {
 protected:
  AdoptedDatabase() : AdoptedDatabase("") {}
  // `before`: what else that service has done.
  explicit AdoptedDatabase(const std::string& before) : url_(shared_server().make_empty_database()) {
    sql(older_service() + before);
    one_.emplace(url_);
  }
  ~AdoptedDatabase() override {
    one_.reset();
    shared_server().drop_database(url_);
  }

  void sql(const std::string& text) { sql_of_others(url_, text); }

  PostgresStore& store() { return *one_->store; }
  Job job(std::int64_t id) { return ok(store().job_reader().get(JobId{id})); }
  JobCounts counts() { return ok(store().job_reader().counts({})); }
  std::vector<ClaimedJob> claim(int count) {
    if (worker_ == WorkerId{}) worker_ = ok(store().workers().add({.name = "host:1", .slots = 10}));
    return ok(store().jobs().claim(worker_, count)).jobs;
  }
  static AttemptEnd success(const ClaimedJob& claimed) {
    return {.id = claimed.id,
            .fence = claimed.fence,
            .trigger = JobTrigger::succeeded,
            .outcome = AttemptOutcome::succeeded,
            .result = Payload{.text = "{}", .blob = {}}};
  }

  const std::string url_;
  std::optional<OneStore> one_;
  WorkerId worker_{};
};

}  // namespace orc::postgres
