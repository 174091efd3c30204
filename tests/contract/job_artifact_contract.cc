#include "tests/contract/job_store_suite.h"

namespace orc {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;

class JobArtifactContract : public JobStoreContract {
 protected:
  static Artifact artifact(std::string name, std::uint8_t content) {
    Artifact made{.name = std::move(name), .bytes = 1000 + content, .hash = {}};
    made.hash.bytes.fill(content);
    return made;
  }
  std::vector<Artifact> artifacts(JobId id) { return ok(db.reader.artifacts(id)); }
  bool is_referenced(std::uint8_t content) {
    const ContentHash hash = artifact("", content).hash;
    return ok(db.catalog.forget_unreferenced({hash}, start + 1h)).empty();
  }
};

TEST_F(JobArtifactContract, what_an_attempt_took_and_left_is_kept_with_it) {
  const ClaimedJob claimed = running();
  EXPECT_TRUE(artifacts(claimed.id).empty());
  AttemptEnd end = success(claimed);
  end.usage = {.cpu = 12ms, .peak_bytes = 34, .wall = 56ms, .bytes_in = std::int64_t{1} << 40, .bytes_out = 78};
  end.artifacts = {artifact("b", 1), artifact("a, ü", 2), artifact("B", 1)};
  end.image = "sha256:0123";
  EXPECT_EQ(ok(db.reader.attempts(claimed.id)).at(0).image, "") << "it runs yet";
  finish(end);
  EXPECT_EQ(ok(db.reader.attempts(claimed.id)).at(0).image, "sha256:0123");
  EXPECT_EQ(ok(db.reader.attempts(claimed.id)).at(0).usage, end.usage);
  EXPECT_EQ(artifacts(claimed.id), (std::vector{artifact("B", 1), artifact("a, ü", 2), artifact("b", 1)})) << "by name, byte for byte";
  EXPECT_TRUE(is_referenced(1) && is_referenced(2));
  EXPECT_TRUE(artifacts(JobId{999'999}).empty());
}

TEST_F(JobArtifactContract, files_of_a_failure_are_kept_until_the_next_attempt_has_ended) {
  const ClaimedJob first = running();
  AttemptEnd failed = failure_for_now(first, 0ms);
  failed.artifacts = {artifact("log", 1)};
  finish(failed);
  AttemptEnd back = give_back(claim(1).at(0));
  back.artifacts = {artifact("half", 3)};
  finish(back);
  EXPECT_EQ(artifacts(first.id), std::vector{artifact("log", 1)}) << "who gives a job back leaves nothing";
  AttemptEnd done = success(claim(1).at(0));
  done.artifacts = {artifact("log", 2)};
  finish(done);
  EXPECT_EQ(artifacts(first.id), std::vector{artifact("log", 2)});
  EXPECT_FALSE(is_referenced(1) || is_referenced(3));
  EXPECT_TRUE(is_referenced(2));
}

TEST_F(JobArtifactContract, a_retry_and_a_removal_take_the_files_away) {
  for (const bool removed : {false, true}) {
    const ClaimedJob claimed = running();
    AttemptEnd end = success(claimed);
    end.artifacts = {artifact("a", 7)};
    finish(end);
    if (removed)
      ok(db.jobs.erase(claimed.id));
    else
      ok(db.jobs.retry(claimed.id));
    EXPECT_TRUE(artifacts(claimed.id).empty());
    EXPECT_FALSE(is_referenced(7));
    if (!removed) ok(db.jobs.erase(claimed.id));
  }
}

}  // namespace orc
