#include "application/job/explain_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

struct Explaining : FakeWorld {
  ExplainJob explain{access, {.jobs = job_reader, .plugins = plugin_reader, .workers = workers, .clock = clock}};

  Explaining() { ok(workers.remove(worker)); }  // each test has its own

  WorkerId join(Equipment equipment, int slots = 4) {
    return ok(workers.add({.name = "host:2", .slots = slots, .equipment = std::move(equipment)}));
  }
  Plugin needing(const std::string& name, PluginResources resources, std::map<std::string, std::string> labels = {}) {
    PluginSpec spec = folder_spec();
    spec.resources = std::move(resources);
    spec.worker_labels = std::move(labels);
    return add_plugin(name, spec);
  }
  JobId submit_for(const Plugin& plugin) {
    NewJob wanted = job_of(bob);
    wanted.plugin = plugin.id;
    wanted.version = plugin.current.id;
    wanted.plugin_name = plugin.name;
    return submit(wanted);
  }
  JobExplanation why(JobId id) { return ok(explain.run(principal(bob), id)); }
};

TEST(explain_job, is_for_the_owner_and_administrators) {
  Explaining world;
  const JobId id = world.submit_for(world.echo);
  EXPECT_EQ(code_of(world.explain.run(FakeWorld::principal(world.eve), id)), ErrorCode::permission_denied);
  EXPECT_TRUE(run(world.explain.run(FakeWorld::principal(world.ada), id)));
  EXPECT_EQ(code_of(world.explain.run(FakeWorld::principal(world.bob), JobId{999'999})), ErrorCode::not_found);
}

TEST(explain_job, says_the_state_of_one_that_does_not_wait) {
  Explaining world;
  const JobId id = world.submit_for(world.echo);
  ok(world.jobs.cancel(id));
  EXPECT_EQ(world.why(id).reason, WaitReason::not_queued);
  EXPECT_THAT(world.why(id).message, HasSubstr("it has ended: cancelled"));
}

TEST(explain_job, says_that_nobody_is_there) {
  Explaining world;
  EXPECT_EQ(world.why(world.submit_for(world.echo)).reason, WaitReason::no_worker);
}

TEST(explain_job, names_the_requirement_that_nobody_meets_with_the_numbers) {
  Explaining world;
  world.join({.memory_mb = 8'000, .labels = {{"zone", "b"}}});
  world.join({.memory_mb = 16'000, .gpus = 1});
  const JobId large = world.submit_for(world.needing("large", {.memory_mb = 32'000, .gpus = 1}));
  const JobExplanation why = world.why(large);
  EXPECT_EQ(why.reason, WaitReason::unplaceable);
  EXPECT_EQ(why.nobody_meets, (std::vector{Unmet{.need = Need::memory_mb, .name = "", .wanted = "32000", .offered = "16000", .free = {}}}));
  EXPECT_THAT(why.message, HasSubstr("memory_mb 32000, of 16000"));
  ASSERT_EQ(why.workers.size(), 2u);
  EXPECT_EQ(why.workers[0].unmet.size(), 2u);

  const JobId labelled = world.submit_for(world.needing("labelled", {}, {{"zone", "a"}}));
  EXPECT_THAT(world.why(labelled).message, HasSubstr("label zone=a"));
}

TEST(explain_job, names_the_network_that_nobody_gives_and_the_flag_that_gives_it) {
  Explaining world;
  world.join({.memory_mb = 8'000});
  PluginSpec spec = FakeWorld::folder_spec();
  spec.network = NetworkAccess::host;
  const JobExplanation why = world.why(world.submit_for(world.add_plugin("networked", spec)));
  EXPECT_EQ(why.reason, WaitReason::unplaceable);
  EXPECT_EQ(why.nobody_meets, (std::vector{Unmet{.need = Need::network, .name = "", .wanted = "host", .offered = "none", .free = {}}}));
  EXPECT_THAT(why.message, HasSubstr("network host, which a worker gives if it was started with --host-network"));
  world.join({.network = NetworkAccess::host});
  EXPECT_EQ(world.why(world.submit_for(world.echo)).reason, WaitReason::its_turn);
}

TEST(explain_job, says_which_worker_an_image_waits_for) {
  Explaining world;
  world.join({.runtimes = {Runtime::folder}});
  PluginSpec spec;
  spec.docker_image_url = "app:1";
  const JobExplanation why = world.why(world.submit_for(world.add_plugin("image", spec)));
  EXPECT_EQ(why.reason, WaitReason::unplaceable);
  EXPECT_THAT(why.message,
              HasSubstr("runtime image, which a worker has that runs at isolation strict, or was started with --runtime docker"));
}

TEST(explain_job, says_what_an_image_of_mode_warm_waits_for) {
  Explaining world;
  Equipment docker{.runtimes = {Runtime::folder, Runtime::image}, .warm_requests = 512};
  docker.images = ImageTerms{.isolation = Isolation::strict, .warm = false};
  world.join(docker);
  PluginSpec spec;
  spec.docker_image_url = "app:1";
  spec.mode = PluginMode::warm;
  const JobExplanation why = world.why(world.submit_for(world.add_plugin("stays-up", spec)));
  EXPECT_EQ(why.reason, WaitReason::unplaceable);
  EXPECT_THAT(why.message, HasSubstr("a sandbox for what stays up (warm_requests), which for an image is of isolation strict"));
}

TEST(explain_job, says_when_no_single_worker_has_everything) {
  Explaining world;
  world.join({.memory_mb = 8'000, .gpus = 1});
  world.join({.memory_mb = 32'000});
  const JobExplanation why = world.why(world.submit_for(world.needing("both", {.memory_mb = 16'000, .gpus = 1})));
  EXPECT_EQ(why.reason, WaitReason::unplaceable);
  EXPECT_TRUE(why.nobody_meets.empty());
  EXPECT_THAT(why.message, HasSubstr("at once"));
}

TEST(explain_job, tells_a_busy_worker_from_one_that_can_never_run_it) {
  Explaining world;
  const WorkerId host = world.join({.memory_mb = 24'000});
  const Plugin big = world.needing("big", {.memory_mb = 16'000});
  world.submit_for(big);
  const JobId waits = world.submit_for(big);
  EXPECT_EQ(world.why(waits).reason, WaitReason::its_turn);
  EXPECT_EQ(world.why(waits).before.same_key, 1);
  EXPECT_THAT(world.why(waits).message, HasSubstr("1 earlier one"));
  EXPECT_EQ(ok(world.jobs.claim(host, 4)).jobs.size(), 1u);

  const JobExplanation why = world.why(waits);
  EXPECT_EQ(why.reason, WaitReason::no_room);
  EXPECT_THAT(why.message, HasSubstr("1 worker that could run it is busy"));
  EXPECT_EQ(why.workers.at(0).unmet,
            (std::vector{Unmet{.need = Need::memory_mb, .name = "", .wanted = "16000", .offered = "24000", .free = "8000"}}));
}

TEST(explain_job, counts_slots_as_room) {
  Explaining world;
  const WorkerId host = world.join({}, 1);
  world.submit_for(world.echo);
  const JobId waits = world.submit_for(world.echo);
  ok(world.jobs.claim(host, 1));
  const JobExplanation why = world.why(waits);
  EXPECT_EQ(why.reason, WaitReason::no_room);
  EXPECT_EQ(why.workers.at(0).unmet.at(0).need, Need::slots);
}

TEST(explain_job, says_until_when_a_job_is_delayed_and_what_would_hinder_it_then) {
  Explaining world;
  NewJob later = world.job_of(world.bob);
  later.run_at = world.clock.now() + 1h;
  const JobId id = world.submit(later);
  const JobExplanation why = world.why(id);
  EXPECT_EQ(why.reason, WaitReason::delayed);
  EXPECT_THAT(why.message, HasSubstr("no worker is present"));
  world.join({});
  EXPECT_EQ(world.why(id).message, "it does not start before its time, run_at");
}

TEST(explain_job, says_that_the_plugin_is_gone) {
  Explaining world;
  const JobId id = world.submit_for(world.echo);
  ok(world.plugins.erase(world.echo.id));
  EXPECT_EQ(world.why(id).reason, WaitReason::plugin_removed);
}

}  // namespace
}  // namespace orc
