#include "adapters/plugin_verifier/job_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_wake_ups.h"
#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

class job_verifier : public testing::Test {
 protected:
  Verification what() const {
    return {.plugin = "echo", .task = "a prime?", .proposal = "11", .owner = world.bob.id, .time_max = 30s, .key = "d 1 0 0"};
  }

  // What the plugin's job becomes while somebody waits for it.
  void job_becomes(JobStatus status, std::string output) {
    world.signals.while_waiting = [this, status, output] {
      for (auto& [id, row] : world.state.jobs) {
        row.job.status = status;
        row.job.result = Payload{.text = output, .blob = {}};
        if (status == JobStatus::failed) row.job.error_message = "it broke";
        world.signals.job_ended(id);
      }
    };
  }

  FakeWorld world;
  SubmitJobs submit{world.jobs,     world.job_reader,   world.plugin_reader, world.schemas,
                    world.payloads, world.blob_catalog, world.signals,       CallbackOrigins(std::vector<std::string>{})};
  AwaitJob await{world.access, world.signals, world.clock};
  CancelJob cancel{world.jobs, world.access, world.signals, world.audit};
  FakeWakeUps wake_ups{world.signals};
  JobVerifier verifier{
      {.submit = submit, .await = await, .cancel = cancel, .digest = world.digest, .wake_ups = wake_ups, .clock = world.clock}};
};

TEST_F(job_verifier, the_plugins_score_is_given) {
  job_becomes(JobStatus::completed, R"({"score": 0.75, "why": "prime"})");
  EXPECT_EQ(ok(verifier.verify(what(), {})), 0.75);
  const Job job = world.state.jobs.begin()->second.job;
  EXPECT_EQ(job.input.text, R"({"task":"a prime?","proposal":"11"})");
  EXPECT_EQ(job.owner, world.bob.id);
}

TEST_F(job_verifier, the_same_verification_runs_once) {
  job_becomes(JobStatus::completed, R"({"score": 1})");
  ok(verifier.verify(what(), {}));
  ok(verifier.verify(what(), {}));
  EXPECT_EQ(world.state.jobs.size(), 1u);
}

TEST_F(job_verifier, a_plugin_that_fails_or_is_not_there_is_told) {
  job_becomes(JobStatus::failed, "");
  EXPECT_THAT(error_of(verifier.verify(what(), {})).message, HasSubstr("it broke"));
  Verification unknown = what();
  unknown.plugin = "nobody";
  unknown.key = "d 1 0 1";
  EXPECT_EQ(code_of(verifier.verify(unknown, {})), ErrorCode::not_found);
}

TEST_F(job_verifier, what_is_larger_than_a_jobs_input_may_be_is_told_and_makes_no_job) {
  job_becomes(JobStatus::completed, R"({"score": 1})");
  Verification fits = what();
  fits.proposal = std::string(job_input_bytes_max - std::string_view(R"({"task":"a prime?","proposal":""})").size(), 'x');
  ok(verifier.verify(fits, {}));
  Verification large = fits;
  large.proposal += 'x';
  large.key = "d 1 0 1";
  const Error error = error_of(verifier.verify(large, {}));
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_THAT(error.message, AllOf(HasSubstr("the verifier echo: "), HasSubstr("1048577 bytes; a job's has at most 1048576")));
  EXPECT_EQ(world.state.jobs.size(), 1u);
}

TEST_F(job_verifier, one_that_takes_too_long_is_cancelled) {
  EXPECT_EQ(code_of(verifier.verify(what(), {})), ErrorCode::unavailable);
  EXPECT_EQ(world.state.jobs.begin()->second.job.status, JobStatus::cancelled);
}

// A verdict that is missing cannot be had later: what does not last must not make one.
TEST_F(job_verifier, it_waits_for_a_store_that_is_away_before_and_behind_its_job) {
  int waits = 0;
  world.state.faults.changes_fail = true;
  world.signals.while_waiting = [&] {
    ++waits;
    if (waits == 2) world.state.faults.changes_fail = false;
    world.state.faults.reads_fail = waits >= 3 && waits < 5;
    for (auto& [id, row] : world.state.jobs) {
      if (waits < 6) continue;
      row.job.status = JobStatus::completed;
      row.job.result = Payload{.text = R"({"score": 0.75})", .blob = {}};
      world.signals.job_ended(id);
    }
  };
  EXPECT_EQ(ok(verifier.verify(what(), {})), 0.75);
  EXPECT_EQ(world.state.jobs.size(), 1u);
}

TEST_F(job_verifier, a_store_that_stays_away_is_waited_for_within_its_time) {
  world.state.faults.changes_fail = true;
  const SteadyTime begun = world.clock.steady_now();
  EXPECT_EQ(code_of(verifier.verify(what(), {})), ErrorCode::unavailable);
  EXPECT_EQ(world.clock.steady_now() - begun, 30s);
}

TEST_F(job_verifier, a_stop_cancels_the_job) {
  std::stop_source stop;
  world.signals.while_waiting = [&] { stop.request_stop(); };
  EXPECT_EQ(code_of(verifier.verify(what(), {.stop = stop.get_token()})), ErrorCode::conflict);
  EXPECT_EQ(world.state.jobs.begin()->second.job.status, JobStatus::cancelled);
}

TEST_F(job_verifier, one_that_is_left_leaves_its_job_unless_it_is_stopped_too) {
  std::stop_source stop;
  std::stop_source leave;
  world.signals.while_waiting = [&] { leave.request_stop(); };
  EXPECT_EQ(code_of(verifier.verify(what(), {.stop = stop.get_token(), .leave = leave.get_token()})), ErrorCode::conflict);
  EXPECT_EQ(world.state.jobs.begin()->second.job.status, JobStatus::queued);
  stop.request_stop();
  EXPECT_EQ(code_of(verifier.verify(what(), {.stop = stop.get_token(), .leave = leave.get_token()})), ErrorCode::conflict);
  EXPECT_EQ(world.state.jobs.size(), 1u);
  EXPECT_EQ(world.state.jobs.begin()->second.job.status, JobStatus::cancelled);
}

TEST(score_in, is_a_number_from_0_to_1) {
  EXPECT_EQ(score_in(R"({"score": 0})").value(), 0);
  EXPECT_EQ(score_in(R"({"score": 1.0})").value(), 1);
  for (const char* output : {"", "1", "{}", R"({"score": "1"})", R"({"score": 1.5})", R"({"score": -1})", R"({"score": NaN})"})
    EXPECT_FALSE(score_in(output)) << output;
}

}  // namespace
}  // namespace orc
