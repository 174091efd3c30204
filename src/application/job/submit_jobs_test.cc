#include "application/job/submit_jobs.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using Kind = SubmitFault::Kind;

struct SubmitJobsTest : testing::Test {
  FakeWorld world;
  SubmitJobs submit{world.jobs,     world.job_reader,   world.plugin_reader, world.schemas,
                    world.payloads, world.blob_catalog, world.signals,       CallbackOrigins({"https://hooks.example.org"})};

  static JobRequest request(std::string plugin = "echo", std::string input = "{}") {
    JobRequest made;
    made.plugin_name = std::move(plugin);
    made.input = std::move(input);
    return made;
  }

  JobRequest keyed(std::string key, std::string_view body) {
    JobRequest made = request();
    made.idempotency = Idempotency{.key = std::move(key), .request = world.digest.sha256(body)};
    return made;
  }

  std::vector<Job> accepted(std::vector<JobRequest> requests, std::optional<Idempotency> batch = {}) {
    auto result = run(submit.run(FakeWorld::principal(world.bob), std::move(requests), std::move(batch)));
    if (!result) throw std::runtime_error("refused: " + result.error().error.message);
    return std::move(result->jobs);
  }

  SubmitFault refused(std::vector<JobRequest> requests, std::optional<Idempotency> batch = {}) {
    auto result = run(submit.run(FakeWorld::principal(world.bob), std::move(requests), std::move(batch)));
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
  EXPECT_EQ(world.signals.work_arrivals, 1);
}

TEST_F(SubmitJobsTest, a_callback_goes_to_an_origin_that_is_allowed_or_the_job_is_refused) {
  JobRequest wanted = request();
  wanted.callback = ok(parse_callback_url("https://hooks.example.org/x?y"));
  const Job answer = accepted({wanted}).at(0);
  EXPECT_EQ(answer.callback_url, "https://hooks.example.org/x?y");
  EXPECT_EQ(world.job(answer.id).callback_url, answer.callback_url);
  wanted.callback = ok(parse_callback_url("http://169.254.169.254/latest/meta-data"));
  const SubmitFault fault = refused({request(), wanted});
  EXPECT_EQ(fault.kind, Kind::callback_refused);
  EXPECT_EQ(fault.index, 1u);
  EXPECT_EQ(fault.error.message,
            "callbacks may not go to http://169.254.169.254: only others are allowed; whoever runs this server allows an origin with "
            "--callback-origins (ORC_CALLBACK_ORIGINS)");
  EXPECT_EQ(world.state.jobs.size(), 1u);
}

TEST_F(SubmitJobsTest, a_job_takes_the_patience_of_its_plugin_along) {
  PluginSpec spec = FakeWorld::folder_spec();
  spec.limits.queue = 30s;
  world.add_plugin("impatient", spec);
  EXPECT_EQ(world.state.jobs.at(accepted({request("impatient")}).at(0).id).queue_time, 30s);
  EXPECT_EQ(world.state.jobs.at(accepted({request()}).at(0).id).queue_time, std::nullopt);
}

TEST_F(SubmitJobsTest, jobs_of_one_owner_share_a_turn_unless_they_say_otherwise) {
  JobRequest own_key = request();
  own_key.share_key = "team";
  const auto jobs = accepted({request(), request(), own_key});
  EXPECT_EQ(jobs[0].share_key, jobs[1].share_key);
  EXPECT_EQ(jobs[2].share_key, "team");
  const auto of_eve = run(submit.run(FakeWorld::principal(world.eve), {request()}, {}));
  EXPECT_NE(of_eve->jobs.at(0).share_key, jobs[0].share_key);
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

TEST_F(SubmitJobsTest, a_check_that_takes_too_long_is_a_mismatch_and_one_that_has_no_place_now_is_not) {
  PluginSpec spec = FakeWorld::folder_spec();
  spec.input_schema = "features";
  world.add_plugin("picky", spec);
  world.schemas.too_many_steps = true;
  const SubmitFault never = refused({request("picky")});
  EXPECT_EQ(never.kind, Kind::input_mismatch);
  EXPECT_EQ(never.error, (Error{ErrorCode::invalid_argument, "input_data as a whole: the check took too many steps"}));
  world.schemas.busy = true;
  const SubmitFault later = refused({request("picky")});
  EXPECT_EQ(later.kind, Kind::store);
  EXPECT_EQ(later.error, (Error{ErrorCode::resource_exhausted, "too many checks are waiting"}));
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

TEST_F(SubmitJobsTest, the_long_inputs_of_a_batch_go_to_the_blob_store_in_one_go) {
  std::vector<JobRequest> batch;
  std::vector<std::string> inputs;
  for (int i = 0; i < 10; ++i) {
    const std::size_t length = i % 3 == 0 ? 1 : Payload::inline_bytes_max;
    inputs.push_back("{\"" + std::to_string(i) + "\": \"" + std::string(length, 'x') + "\"}");
    batch.push_back(request("echo", inputs.back()));
  }
  const auto jobs = accepted(batch);
  EXPECT_EQ(world.blobs.puts(), 1);
  for (std::size_t i = 0; i < jobs.size(); ++i)
    EXPECT_TRUE(ok(world.access.get(FakeWorld::principal(world.bob), jobs[i].id)).input.text == inputs[i]) << i;
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

// Idempotency.

TEST_F(SubmitJobsTest, a_repeat_is_answered_as_the_first_time) {
  JobRequest wanted = keyed("k", "body");
  wanted.input = std::string(Payload::inline_bytes_max + 1, ' ') + "{}";
  wanted.run_at = world.clock.now() + 1h;
  const Job first = accepted({wanted}).at(0);
  ok(world.jobs.cancel(first.id));
  const auto again = accepted({request(), wanted});
  EXPECT_EQ(again[1].id, first.id);
  EXPECT_EQ(again[1].status, JobStatus::queued);
  EXPECT_FALSE(again[1].completed_at);
  EXPECT_EQ(again[1].input.text, wanted.input);
  EXPECT_EQ(again[1].run_at, first.run_at);
  EXPECT_NE(again[0].id, first.id);
}

TEST_F(SubmitJobsTest, a_repeat_is_answered_whatever_has_become_of_what_it_needed) {
  PluginSpec spec = FakeWorld::folder_spec();
  spec.input_schema = "{}";
  const Plugin picky = world.add_plugin("picky", spec);
  const ContentHash picture = ok(world.blobs.put("picture"));
  ok(world.blob_catalog.record(picture, 7, world.bob.id));
  JobRequest wanted = keyed("k", "body");
  wanted.plugin_name = "picky";
  wanted.blobs = {picture};
  const JobId first = accepted({wanted}).at(0).id;

  const auto still_the_same = [&](const char* now) {
    const auto again = accepted({wanted, request()});
    EXPECT_EQ(again[0].id, first) << now;
    EXPECT_EQ(again[0].plugin_name, "picky") << now;
    EXPECT_EQ(again[0].plugin_version, "1.0.0") << now;
  };
  world.state.uploads.clear();
  still_the_same("the upload was swept");
  spec.input_schema = "features";
  ok(world.plugins.change(picky.id, {.version = "2.0.0", .spec = spec}));
  still_the_same("the plugin wants another input");
  ok(world.plugins.change(picky.id, {.is_active = false}));
  still_the_same("the plugin was switched off");
  ok(world.plugins.erase(picky.id));
  still_the_same("the plugin was removed");

  JobRequest changed = wanted;
  changed.idempotency->request = world.digest.sha256("another body");
  EXPECT_EQ(refused({changed}).kind, Kind::key_reused);
  changed.idempotency->key = "new";
  EXPECT_EQ(refused({changed}).kind, Kind::plugin_unknown);
}

TEST_F(SubmitJobsTest, a_repeat_alone_changes_nothing) {
  const Job first = accepted({keyed("k", "body")}).at(0);
  world.state.faults.changes_fail = true;
  world.state.faults.blobs_fail = true;
  const int hints = world.signals.work_arrivals;
  EXPECT_EQ(accepted({keyed("k", "body")}).at(0).id, first.id);
  EXPECT_EQ(world.signals.work_arrivals, hints);
  world.state.faults.reads_fail = true;
  EXPECT_EQ(refused({keyed("k", "body")}).kind, Kind::store);
}

TEST_F(SubmitJobsTest, only_what_is_new_in_a_batch_is_judged_and_made) {
  const Job first = accepted({keyed("a", "A")}).at(0);
  const Job third = accepted({keyed("c", "C")}).at(0);
  const auto jobs = accepted({keyed("a", "A"), keyed("b", "B"), keyed("c", "C"), request()});
  EXPECT_EQ(jobs[0].id, first.id);
  EXPECT_EQ(jobs[2].id, third.id);
  EXPECT_GT(jobs[1].id, third.id);
  EXPECT_GT(jobs[3].id, jobs[1].id);
  EXPECT_EQ(world.state.jobs.size(), 4u);
  EXPECT_EQ(accepted({keyed("b", "B")}).at(0).id, jobs[1].id);

  const SubmitFault unknown = refused({keyed("a", "A"), request(), request("nothing")});
  EXPECT_EQ(unknown.kind, Kind::plugin_unknown);
  EXPECT_EQ(unknown.index, 2u) << "an index counts the repeats too";
}

TEST_F(SubmitJobsTest, a_key_with_another_request_is_refused_with_its_place) {
  accepted({keyed("k", "body")});
  const SubmitFault fault = refused({request(), request("nothing"), keyed("k", "another body")});
  EXPECT_EQ(fault.kind, Kind::key_reused);
  EXPECT_EQ(fault.index, 2u);
  EXPECT_TRUE(fault.error.message.contains("\"k\"")) << fault.error.message;
  EXPECT_EQ(world.state.jobs.size(), 1u);
}

TEST_F(SubmitJobsTest, a_key_twice_in_one_submission_makes_one_job) {
  const auto jobs = accepted({keyed("k", "body"), request(), keyed("k", "body")});
  EXPECT_EQ(jobs[2].id, jobs[0].id);
  EXPECT_EQ(jobs[2].input, jobs[0].input);
  EXPECT_EQ(world.state.jobs.size(), 2u);
}

// The key of a batch.

TEST_F(SubmitJobsTest, the_key_of_a_batch_covers_what_has_no_key_of_its_own) {
  const Idempotency batch{.key = "H", .request = world.digest.sha256("the batch")};
  const auto jobs = accepted({request(), keyed("a", "A"), request()}, batch);
  const auto again = accepted({request(), keyed("a", "A"), request()}, batch);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(again[i].id, jobs[i].id) << i;
  EXPECT_EQ(accepted({keyed("a", "A")}).at(0).id, jobs[1].id);
  EXPECT_EQ(world.state.jobs.size(), 3u);
}

TEST_F(SubmitJobsTest, a_batch_key_that_came_before_with_another_request_is_refused_as_such) {
  const Idempotency batch{.key = "H", .request = world.digest.sha256("the batch")};
  const Idempotency other{.key = "H", .request = world.digest.sha256("another batch")};
  const auto refused_as_reused = [&](const SubmitFault& fault, const char* why) {
    EXPECT_EQ(fault.kind, Kind::batch_key_reused) << why;
    EXPECT_TRUE(fault.error.message.contains("\"H\"")) << fault.error.message;
  };
  const auto jobs = accepted({keyed("a", "A"), keyed("b", "B")}, batch);
  refused_as_reused(refused({keyed("c", "C"), keyed("d", "D")}, other), "though each entry has its own key");
  EXPECT_EQ(refused({keyed("H", "one job")}).kind, Kind::key_reused) << "it is one name space";
  ok(world.jobs.erase(jobs[0].id));
  EXPECT_EQ(accepted({keyed("c", "C"), request()}, other).size(), 2u) << "the job that carried it is gone";

  accepted({keyed("S", "one job")});
  refused_as_reused(refused({request()}, Idempotency{.key = "H", .request = batch.request}), "it came with the other one now");
  EXPECT_EQ(refused({request()}, Idempotency{.key = "S", .request = batch.request}).kind, Kind::batch_key_reused) << "a single job had it";
}

TEST_F(SubmitJobsTest, a_key_that_no_client_sent_is_not_told) {
  const auto jobs = accepted({request(), request()}, Idempotency{.key = "H", .request = world.digest.sha256("the batch")});
  ok(world.jobs.erase(jobs[0].id));
  const SubmitFault fault = refused({request(), request()}, Idempotency{.key = "H", .request = world.digest.sha256("another")});
  EXPECT_EQ(fault.kind, Kind::batch_key_reused);
  EXPECT_TRUE(fault.error.message.contains("\"H\"")) << fault.error.message;
}

// What goes while a submission is on its way is told as if it had been gone before.

TEST_F(SubmitJobsTest, what_is_removed_meanwhile_is_told_with_its_place) {
  PluginSpec spec = FakeWorld::folder_spec();
  spec.input_schema = "{}";
  const Plugin going = world.add_plugin("going", spec);
  const ContentHash picture = ok(world.blobs.put("picture"));
  ok(world.blob_catalog.record(picture, 7, world.bob.id));
  JobRequest with_blob = request();
  with_blob.blobs = {picture};
  const JobRequest first = keyed("k", "body");
  accepted({first});

  const struct {
    std::function<void()> meanwhile;
    Kind kind;
    ErrorCode code;
    std::size_t index;
  } cases[] = {
      {[&] { world.state.uploads.clear(); }, Kind::blob_unknown, ErrorCode::invalid_argument, 2},
      {[&] { world.state.plugins.erase(going.id); }, Kind::plugin_unknown, ErrorCode::not_found, 3},
      {[&] { world.state.users.erase(world.bob.id); }, Kind::owner_gone, ErrorCode::unauthenticated, 1},
  };
  for (const auto& [meanwhile, kind, code, index] : cases) {
    const auto plugins = world.state.plugins;
    const auto uploads = world.state.uploads;
    world.schemas.meanwhile = meanwhile;
    const SubmitFault fault = refused({first, request(), with_blob, request("going")});
    EXPECT_EQ(fault.kind, kind) << fault.error.message;
    EXPECT_EQ(fault.error.code, code) << fault.error.message;
    EXPECT_EQ(fault.index, index) << fault.error.message;
    world.state.plugins = plugins;
    world.state.uploads = uploads;
  }
  EXPECT_EQ(world.state.jobs.size(), 1u);
}

TEST_F(SubmitJobsTest, a_key_that_was_taken_meanwhile_is_told_with_its_place) {
  PluginSpec spec = FakeWorld::folder_spec();
  spec.input_schema = "{}";
  world.add_plugin("slow", spec);
  const auto taken = [&](const std::string& key) {
    world.state.idempotency_keys[{world.bob.id, key}] = {.request = world.digest.sha256("theirs"), .created_at = world.clock.now()};
  };
  world.schemas.meanwhile = [&] { taken("k"); };
  const SubmitFault own = refused({request("slow"), keyed("k", "ours")});
  EXPECT_EQ(own.kind, Kind::key_reused);
  EXPECT_EQ(own.index, 1u);
  for (const std::string key : {"H", "H 1"}) {
    world.schemas.meanwhile = [&] { taken(key); };
    const SubmitFault fault = refused({keyed("l", "L"), request("slow")}, Idempotency{.key = "H", .request = world.digest.sha256("ours")});
    EXPECT_EQ(fault.kind, Kind::batch_key_reused) << key;
    EXPECT_TRUE(fault.error.message.contains("\"H\"")) << fault.error.message;
    world.state.idempotency_keys.clear();
  }
}

TEST_F(SubmitJobsTest, a_batch_gives_way_to_others_while_it_is_worked_through) {
  std::vector<JobRequest> many(1000, request("echo", "{" + std::string(Payload::inline_bytes_max - 2, ' ') + "}"));
  boost::asio::io_context io;
  bool is_done = false;
  int turns_of_others = 0;
  boost::asio::co_spawn(io, submit.run(FakeWorld::principal(world.bob), std::move(many), {}),
                        [&](const std::exception_ptr&, const SubmitResult& made) { is_done = made.has_value(); });
  while (io.run_one() > 0 && !is_done) ++turns_of_others;
  EXPECT_TRUE(is_done);
  EXPECT_GE(turns_of_others, 16 * 1024 / 256) << "16 MiB in turns of 256 KiB at most";
}

TEST_F(SubmitJobsTest, without_the_store_nothing_is_accepted) {
  world.state.faults.changes_fail = true;
  const SubmitFault fault = refused({request()});
  EXPECT_EQ(fault.kind, Kind::store);
  EXPECT_EQ(fault.error.code, ErrorCode::unavailable);
  world.state.faults = {.reads_fail = true};
  EXPECT_EQ(refused({request()}).kind, Kind::store) << "an unreadable store does not mean that the plugin is unknown";
  EXPECT_EQ(world.signals.work_arrivals, 0);
}

TEST_F(SubmitJobsTest, the_version_of_a_batch_is_one_version) {
  const auto jobs = accepted({request(), request()});
  EXPECT_EQ(jobs[0].version_id, jobs[1].version_id);
  ok(world.plugins.change(world.echo.id, {.version = "2.0.0"}));
  EXPECT_EQ(accepted({request()}).at(0).plugin_version, "2.0.0");
  EXPECT_EQ(world.job(jobs[0].id).plugin_version, "1.0.0");
}

TEST_F(SubmitJobsTest, a_job_of_the_operator_has_no_owner) {
  const auto made = run(submit.run(Principal::local_operator(), {request()}, {}));
  ASSERT_TRUE(made.has_value());
  EXPECT_FALSE(made->jobs.at(0).owner);
  EXPECT_EQ(code_of(world.access.get(FakeWorld::principal(world.bob), made->jobs.at(0).id)), ErrorCode::permission_denied);
  ok(world.access.get(Principal::local_operator(), made->jobs.at(0).id));
}

}  // namespace
}  // namespace orc
