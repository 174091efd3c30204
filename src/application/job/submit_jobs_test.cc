#include "application/job/submit_jobs.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using Kind = SubmitFault::Kind;

struct SubmitJobsTest : testing::Test {
  FakeWorld world;
  SubmitJobs submit{world.jobs,     world.job_reader,   world.plugin_reader, world.schemas,
                    world.payloads, world.blob_catalog, world.digest,        world.signals};

  static JobRequest request(std::string plugin = "echo", std::string input = "{}") {
    JobRequest made;
    made.plugin_name = std::move(plugin);
    made.input = std::move(input);
    return made;
  }

  std::vector<Job> accepted(std::vector<JobRequest> requests) {
    auto result = run(submit.run(FakeWorld::principal(world.bob), std::move(requests)));
    if (!result) throw std::runtime_error("refused: " + result.error().error.message);
    return std::move(*result);
  }

  SubmitFault refused(std::vector<JobRequest> requests) {
    auto result = run(submit.run(FakeWorld::principal(world.bob), std::move(requests)));
    if (result) throw std::runtime_error("a refusal was expected");
    return result.error();
  }
};

TEST_F(SubmitJobsTest, the_answer_is_the_job_as_it_can_be_read_afterwards) {
  JobRequest wanted = request("echo", "{ \"a\": 1.0 }");
  wanted.priority = 9;
  wanted.run_at = world.clock.now() + 5s;
  wanted.timeout = 7s;
  wanted.labels = {{"a", "b"}};
  const Job answer = accepted({wanted}).at(0);
  const Job read = ok(world.access.get(FakeWorld::principal(world.bob), answer.id));
  for (const Job& job : {answer, read}) {
    EXPECT_EQ(job.status, JobStatus::queued);
    EXPECT_EQ(job.input.text, "{ \"a\": 1.0 }");
    EXPECT_EQ(job.owner, world.bob.id);
    EXPECT_EQ(job.plugin_name, "echo");
    EXPECT_EQ(job.plugin_version, "1.0.0");
    EXPECT_EQ(job.priority, 9);
    EXPECT_EQ(job.run_at, wanted.run_at);
    EXPECT_EQ(job.timeout, 7s);
    EXPECT_EQ(job.labels, wanted.labels);
    EXPECT_EQ(job.created_at, world.clock.now());
    EXPECT_EQ(job.attempts_max, 4);
    EXPECT_EQ(job.share_key, read.share_key);
  }
  EXPECT_EQ(world.signals.work_hints, 1);
}

TEST_F(SubmitJobsTest, jobs_of_one_owner_share_a_turn_unless_they_say_otherwise) {
  JobRequest own_key = request();
  own_key.share_key = "team";
  const auto jobs = accepted({request(), request(), own_key});
  EXPECT_EQ(jobs[0].share_key, jobs[1].share_key);
  EXPECT_EQ(jobs[2].share_key, "team");
  const auto of_eve = run(submit.run(FakeWorld::principal(world.eve), {request()}));
  EXPECT_NE(of_eve->at(0).share_key, jobs[0].share_key);
}

TEST_F(SubmitJobsTest, attempts_are_the_requests_or_the_plugins) {
  PluginSpec spec = FakeWorld::folder_spec();
  spec.retry.attempts_max = 2;
  world.add_plugin("twice", spec);
  JobRequest once = request("twice");
  once.attempts_max = 1;
  const auto jobs = accepted({request("twice"), once});
  EXPECT_EQ(jobs[0].attempts_max, 2);
  EXPECT_EQ(jobs[1].attempts_max, 1);
}

TEST_F(SubmitJobsTest, a_batch_is_stored_in_its_order_or_not_at_all) {
  world.add_plugin("other");
  const auto jobs = accepted({request("echo"), request("other"), request("echo")});
  EXPECT_LT(jobs[0].id, jobs[1].id);
  EXPECT_LT(jobs[1].id, jobs[2].id);
  EXPECT_EQ(jobs[1].plugin_name, "other");

  const SubmitFault fault = refused({request("echo"), request("nothing"), request("echo")});
  EXPECT_EQ(fault.kind, Kind::plugin_unknown);
  EXPECT_EQ(fault.index, 1u);
  EXPECT_EQ(world.state.jobs.size(), 3u);
}

TEST_F(SubmitJobsTest, an_inactive_plugin_takes_no_jobs) {
  ok(world.plugins.change(world.echo.id, {.is_active = false}));
  const SubmitFault fault = refused({request()});
  EXPECT_EQ(fault.kind, Kind::plugin_inactive);
  EXPECT_EQ(fault.error.code, ErrorCode::conflict);
}

TEST_F(SubmitJobsTest, an_input_that_does_not_fit_is_refused_with_its_place) {
  PluginSpec spec = FakeWorld::folder_spec();
  spec.input_schema = "features";
  world.add_plugin("picky", spec);
  const SubmitFault fault = refused({request("picky", R"({"features": 1})"), request("picky", "{}")});
  EXPECT_EQ(fault.kind, Kind::input_mismatch);
  EXPECT_EQ(fault.error.code, ErrorCode::invalid_argument);
  EXPECT_EQ(fault.index, 1u);
  EXPECT_TRUE(fault.error.message.contains("/: does not contain features")) << fault.error.message;
  EXPECT_TRUE(world.state.jobs.empty());
}

TEST_F(SubmitJobsTest, a_check_that_takes_too_long_is_not_called_a_mismatch_of_form) {
  PluginSpec spec = FakeWorld::folder_spec();
  spec.input_schema = "features";
  world.add_plugin("picky", spec);
  world.schemas.too_many_steps = true;
  EXPECT_EQ(refused({request("picky")}).error.code, ErrorCode::resource_exhausted);
}

TEST_F(SubmitJobsTest, a_long_input_goes_to_the_blob_store_and_is_answered_as_it_came) {
  const std::string longest = "{\"a\": \"" + std::string(Payload::inline_bytes_max, 'x') + "\"}";
  const Job answer = accepted({request("echo", longest)}).at(0);
  EXPECT_EQ(answer.input.text, longest);
  EXPECT_FALSE(answer.input.blob);
  const Payload& kept = world.state.jobs.at(answer.id).job.input;
  EXPECT_TRUE(kept.text.empty());
  EXPECT_EQ(kept.blob, world.digest.sha256(longest));
  EXPECT_EQ(ok(world.access.get(FakeWorld::principal(world.bob), answer.id)).input.text, longest);
}

TEST_F(SubmitJobsTest, without_the_blob_store_a_long_input_is_not_accepted) {
  world.state.faults.blobs_fail = true;
  const SubmitFault fault = refused({request("echo", std::string(Payload::inline_bytes_max + 1, ' '))});
  EXPECT_EQ(fault.error.code, ErrorCode::unavailable);
  EXPECT_TRUE(world.state.jobs.empty());
  EXPECT_EQ(accepted({request()}).size(), 1u) << "a short one needs no blob store";
}

TEST_F(SubmitJobsTest, a_blob_must_have_been_uploaded) {
  const ContentHash hash = ok(world.blobs.put("picture"));
  JobRequest wanted = request();
  wanted.blobs = {hash};
  const SubmitFault fault = refused({wanted});
  EXPECT_EQ(fault.kind, Kind::blob_unknown);
  EXPECT_TRUE(fault.error.message.contains(to_hex(hash)));
  ok(world.blob_catalog.record(hash, 7, world.eve.id));
  EXPECT_EQ(world.state.jobs.at(accepted({wanted}).at(0).id).blobs, std::vector{hash});
}

TEST_F(SubmitJobsTest, a_repeat_is_answered_as_the_first_time) {
  JobRequest wanted = request("echo", std::string(Payload::inline_bytes_max + 1, ' ') + "{}");
  wanted.idempotency_key = "k";
  wanted.request_bytes = "body";
  const Job first = accepted({wanted}).at(0);
  ok(world.jobs.cancel(first.id));
  const auto again = accepted({request(), wanted});
  EXPECT_EQ(again[1].id, first.id);
  EXPECT_EQ(again[1].status, JobStatus::queued);
  EXPECT_FALSE(again[1].completed_at);
  EXPECT_EQ(again[1].input.text, wanted.input);
  EXPECT_NE(again[0].id, first.id);
}

TEST_F(SubmitJobsTest, a_key_with_another_request_is_refused) {
  JobRequest wanted = request();
  wanted.idempotency_key = "k";
  wanted.request_bytes = "body";
  accepted({wanted});
  wanted.request_bytes = "another body";
  EXPECT_EQ(refused({wanted}).kind, Kind::key_reused);
}

TEST_F(SubmitJobsTest, without_the_store_nothing_is_accepted) {
  world.state.faults.changes_fail = true;
  const SubmitFault fault = refused({request()});
  EXPECT_EQ(fault.kind, Kind::store);
  EXPECT_EQ(fault.error.code, ErrorCode::unavailable);
  world.state.faults = {.reads_fail = true};
  EXPECT_EQ(refused({request()}).kind, Kind::store) << "an unreadable store does not mean that the plugin is unknown";
  EXPECT_EQ(world.signals.work_hints, 0);
}

TEST_F(SubmitJobsTest, the_version_of_a_batch_is_one_version) {
  const auto jobs = accepted({request(), request()});
  EXPECT_EQ(jobs[0].version_id, jobs[1].version_id);
  ok(world.plugins.change(world.echo.id, {.version = "2.0.0"}));
  EXPECT_EQ(accepted({request()}).at(0).plugin_version, "2.0.0");
  EXPECT_EQ(world.job(jobs[0].id).plugin_version, "1.0.0");
}

TEST_F(SubmitJobsTest, a_job_of_the_operator_has_no_owner) {
  const auto made = run(submit.run(Principal::local_operator(), {request()}));
  ASSERT_TRUE(made.has_value());
  EXPECT_FALSE(made->at(0).owner);
  EXPECT_EQ(code_of(world.access.get(FakeWorld::principal(world.bob), made->at(0).id)), ErrorCode::permission_denied);
  ok(world.access.get(Principal::local_operator(), made->at(0).id));
}

}  // namespace
}  // namespace orc
