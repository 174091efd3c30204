#include <algorithm>
#include <map>

#include "tests/contract/job_store_suite.h"

namespace orc {

// Where jobs may go (docs/placement.md). The fixture's own worker says nothing of what it has; its plugin needs no more than memory.
class JobPlacementContract : public JobStoreContract {
 protected:
  Plugin plugin_needing(std::string name, PluginResources resources, std::map<std::string, std::string> labels = {}) {
    PluginSpec wanted = spec();
    wanted.resources = std::move(resources);
    wanted.worker_labels = std::move(labels);
    return ok(db.plugins.add({.name = std::move(name), .version = "1.0.0", .description = "", .spec = std::move(wanted)}));
  }
  Plugin gpu_plugin() { return plugin_needing("gpu", {.gpus = 1}); }

  WorkerId worker_with(Equipment equipment, int slots = worker_slots) {
    return ok(db.workers.add({.name = "host:2", .slots = slots, .equipment = std::move(equipment)}));
  }

  NewJob job_of(const Plugin& wanted, std::string share_key) const {
    NewJob made = job_for(wanted);
    made.share_key = std::move(share_key);
    return made;
  }
  std::vector<JobId> submit_many(const Plugin& wanted, int count, const std::string& share_key = "bob") {
    return submit_all(std::vector<NewJob>(static_cast<std::size_t>(count), job_of(wanted, share_key)));
  }

  std::vector<ClaimedJob> claim_by(WorkerId who, int count) { return ok(db.jobs.claim(who, count)).jobs; }
  std::vector<JobId> ids_by(WorkerId who, int count) { return ids_of(claim_by(who, count)); }

  static std::ptrdiff_t how_many_of(const std::vector<JobId>& some, const std::vector<JobId>& all) {
    return std::ranges::count_if(some, [&](JobId id) { return std::ranges::count(all, id) > 0; });
  }
};

using std::chrono_literals::operator""s;

TEST_F(JobPlacementContract, a_worker_without_a_gpu_never_gets_the_job_that_needs_one_and_those_behind_it_flow) {
  const auto needs_gpu = submit_many(gpu_plugin(), 3);
  const auto plain = submit_many(plugin, 5);
  const Claim all = ok(db.jobs.claim(worker, 100));
  EXPECT_EQ(ids_of(all.jobs), plain);
  EXPECT_FALSE(all.waits_for_room);
  EXPECT_TRUE(claim_by(worker, 100).empty());
  EXPECT_FALSE(ok(db.jobs.claim(worker, 1)).waits_for_room) << "no room that it could get would help";
  EXPECT_EQ(ids_by(worker_with({.gpus = 3}), 100), needs_gpu);
}

TEST_F(JobPlacementContract, a_job_with_the_hosts_network_goes_only_to_a_worker_that_gives_it) {
  PluginSpec wanted = spec();
  wanted.network = NetworkAccess::host;
  const Plugin networked = ok(db.plugins.add({.name = "networked", .version = "1.0.0", .description = "", .spec = std::move(wanted)}));
  const auto needs_network = submit_many(networked, 2);
  const auto plain = submit_many(plugin, 2);
  EXPECT_EQ(ids_by(worker, 100), plain) << "a worker that says nothing of networks, as one of an older release";
  EXPECT_TRUE(claim_by(worker_with({.memory_mb = 100'000, .gpus = 1}), 100).empty());
  const auto claimed = claim_by(worker_with({.network = NetworkAccess::host}), 100);
  EXPECT_EQ(ids_of(claimed), needs_network);
}

TEST_F(JobPlacementContract, each_job_goes_to_the_worker_that_carries_its_labels) {
  const auto of_a = submit_many(plugin_needing("a", {}, {{"zone", "a"}}), 2);
  const auto of_b = submit_many(plugin_needing("b", {}, {{"zone", "b"}}), 2);
  const auto of_both = submit_many(plugin_needing("both", {}, {{"zone", "b"}, {"disk", "ssd"}}), 2);
  EXPECT_TRUE(claim_by(worker, 10).empty());
  EXPECT_EQ(ids_by(worker_with({.labels = {{"zone", "b"}}}), 10), of_b);
  EXPECT_EQ(ids_by(worker_with({.labels = {{"zone", "a"}, {"disk", "hdd"}}}), 10), of_a);
  EXPECT_EQ(ids_by(worker_with({.labels = {{"zone", "b"}, {"disk", "ssd"}}}), 10), of_both);
}

TEST_F(JobPlacementContract, warm_requests_have_places_of_their_own_and_one_plugin_does_not_take_all_of_them) {
  const auto warm_plugin = [&](std::string name) {
    PluginSpec wanted = spec();
    wanted.command = {"./" + name};
    wanted.limits.memory_mb = 1;
    wanted.mode = PluginMode::warm;
    wanted.warm.in_flight = 2;
    return ok(db.plugins.add({.name = std::move(name), .version = "1.0.0", .description = "", .spec = std::move(wanted)}));
  };
  const auto plain = submit_many(plugin, 3);
  const auto first = submit_many(warm_plugin("first"), 6);
  const auto second = submit_many(warm_plugin("second"), 3);
  EXPECT_EQ(how_many_of(ids_by(worker, 100), plain), 3) << "a worker that did not say that it has warm processes gets none of theirs";
  const auto more = submit_many(plugin, 3);
  const WorkerId host = worker_with({.memory_mb = 100'000, .warm_requests = 6}, 2);
  const Claim claim = ok(db.jobs.claim(host, 8));
  const auto won = ids_of(claim.jobs);
  EXPECT_EQ(how_many_of(won, more), 2);
  EXPECT_EQ(how_many_of(won, first), 4) << "as many as its process serves at once, and as many again";
  EXPECT_EQ(how_many_of(won, second), 2) << "what is left";
  EXPECT_TRUE(ok(db.jobs.claim(host, 8)).waits_for_room);
  for (const ClaimedJob& job : claim.jobs)
    if (how_many_of({job.id}, first) == 1) {
      finish(success(job));
      break;
    }
  const auto next = ids_by(host, 8);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(how_many_of(next, more), 0) << "a place at a warm process is no slot";
}

TEST_F(JobPlacementContract, isolation_and_runtime_are_requirements_too) {
  PluginSpec image;
  image.docker_image_url = "a:1";
  const auto of_image = submit_many(ok(db.plugins.add({.name = "image", .version = "1.0.0", .description = "", .spec = image})), 1);
  PluginSpec apart = spec();
  apart.isolation = Isolation::strict;
  const auto of_apart = submit_many(ok(db.plugins.add({.name = "apart", .version = "1.0.0", .description = "", .spec = apart})), 1);
  const WorkerId weak =
      ok(db.workers.add({.name = "weak", .isolation = Isolation::container, .slots = 4, .equipment = {.runtimes = {Runtime::image}}}));
  EXPECT_EQ(ids_by(weak, 10), of_image);
  EXPECT_EQ(ids_by(worker_with({.runtimes = {Runtime::folder}}), 10), of_apart);
}

TEST_F(JobPlacementContract, images_go_by_what_a_worker_gives_images) {
  PluginSpec image;
  image.docker_image_url = "a:1";
  const auto of_image = submit_many(ok(db.plugins.add({.name = "image", .version = "1.0.0", .description = "", .spec = image})), 1);
  PluginSpec apart = image;
  apart.isolation = Isolation::strict;
  const auto of_apart = submit_many(ok(db.plugins.add({.name = "apart", .version = "1.0.0", .description = "", .spec = apart})), 1);
  PluginSpec warm = image;
  warm.mode = PluginMode::warm;
  const auto of_warm = submit_many(ok(db.plugins.add({.name = "warm", .version = "1.0.0", .description = "", .spec = warm})), 1);
  const auto with = [&](ImageTerms terms) {
    Equipment equipment{.runtimes = {Runtime::folder, Runtime::image}, .warm_requests = 4};
    equipment.images = terms;
    return worker_with(std::move(equipment));
  };
  EXPECT_EQ(ids_by(with({.isolation = Isolation::container, .warm = false}), 10), of_image) << "of a worker that is strict";
  EXPECT_EQ(ids_by(with({.isolation = Isolation::container, .warm = true}), 10), of_warm);
  EXPECT_EQ(ids_by(with({.isolation = Isolation::strict, .warm = false}), 10), of_apart);
}

TEST_F(JobPlacementContract, sixteen_jobs_of_8_gb_do_not_go_to_a_24_gb_worker_at_once) {
  const Plugin big = plugin_needing("big", {.memory_mb = 8'000});
  const auto ids = submit_many(big, 16);
  const WorkerId host = worker_with({.memory_mb = 24'000});
  auto held = claim_by(host, 16);
  EXPECT_EQ(ids_of(held), (std::vector{ids[0], ids[1], ids[2]}));
  const Claim none = ok(db.jobs.claim(host, 13));
  EXPECT_TRUE(none.jobs.empty());
  EXPECT_TRUE(none.waits_for_room);

  finish(success(held[1]));
  EXPECT_EQ(ids_by(host, 13), std::vector{ids[3]});
  finish(give_back(held[0]));
  EXPECT_EQ(ids_by(host, 13), std::vector{ids[0]});
  ok(db.jobs.cancel(ids[3]));
  EXPECT_EQ(ids_by(host, 13), std::vector{ids[4]});
  ok(db.jobs.erase(ids[4]));
  EXPECT_EQ(ids_by(host, 13), std::vector{ids[5]});
  EXPECT_EQ(ok(db.jobs.rescue(host, WorkerEnd::fell_silent)).requeued.size(), 3u);
  EXPECT_EQ(ids_by(host, 13).size(), 3u);
  EXPECT_EQ(ids_by(worker_with({.memory_mb = 24'000}), 13).size(), 3u) << "the room of one worker is not another's";
}

TEST_F(JobPlacementContract, a_fleet_that_claims_at_once_fills_each_worker_with_what_fits_there) {
  const Plugin big = plugin_needing("big", {.memory_mb = 8'000});
  submit_many(big, 60);
  const auto on_gpus = submit_many(gpu_plugin(), 3, "carl");
  const auto plain = submit_many(plugin, 60);
  const WorkerId large[] = {worker_with({.memory_mb = 900'000}), worker_with({.memory_mb = 800'000})};
  const WorkerId small = worker_with({.memory_mb = 9'000});
  const WorkerId with_gpu = worker_with({.memory_mb = 7'000, .gpus = 8});
  const WorkerId gone{12'345};
  std::vector<boost::asio::awaitable<Result<Claim>>> at_once;
  const WorkerId askers[] = {large[0], small, large[1], gone, with_gpu, large[0], small, large[1]};
  for (const WorkerId who : askers) at_once.push_back(db.jobs.claim(who, 12));
  std::map<WorkerId, std::vector<JobId>> won;
  std::size_t refused = 0, place = 0;
  for (auto& answer : run_all(std::move(at_once))) {
    const WorkerId who = askers[place++];
    if (!answer) {
      EXPECT_EQ(who, gone);
      ++refused;
      continue;
    }
    EXPECT_LE(answer->jobs.size(), 12u);
    for (const ClaimedJob& job : answer->jobs) {
      won[who].push_back(job.id);
      EXPECT_EQ(ok(db.reader.attempts(job.id)).back().worker, who);
    }
  }
  EXPECT_EQ(refused, 1u);
  for (const WorkerId who : large) EXPECT_EQ(won[who].size(), 24u) << "it had room for all that it asked for";
  EXPECT_EQ(won[with_gpu].size(), 12u);
  EXPECT_EQ(how_many_of(won[with_gpu], on_gpus), 3);
  EXPECT_EQ(how_many_of(won[with_gpu], plain), 9);
  std::vector<JobId> all;
  for (const auto& [who, ids] : won) all.insert(all.end(), ids.begin(), ids.end());
  std::ranges::sort(all);
  EXPECT_TRUE(std::ranges::adjacent_find(all) == all.end()) << "no job went to two";
  EXPECT_LE(std::ssize(won[small]) - how_many_of(won[small], plain), 1) << "a second large one would not fit";
  EXPECT_TRUE(claim_by(small, 20).empty()) << "it is full";
}

TEST_F(JobPlacementContract, small_jobs_pass_those_that_wait_for_room) {
  submit_many(plugin_needing("big", {.memory_mb = 8'000}), 4);
  const auto small = submit_many(plugin_needing("small", {.memory_mb = 300}), 8);
  const WorkerId host = worker_with({.memory_mb = 17'000});
  const auto first = ids_by(host, 16);
  ASSERT_EQ(first.size(), 5u) << "two large ones and three small ones";
  EXPECT_EQ(how_many_of(first, small), 3);
}

TEST_F(JobPlacementContract, cpus_gpus_and_custom_resources_are_counted) {
  const Plugin plugins[] = {plugin_needing("cpus", {.cpus = 1.5}), plugin_needing("gpus", {.gpus = 2}),
                            plugin_needing("licences", {.custom = {{"licence", 1}}})};
  const WorkerId host = worker_with({.cpus = 4, .gpus = 5, .custom = {{"licence", 2}}});
  for (const Plugin& one : plugins) {
    submit_many(one, 5);
    EXPECT_EQ(claim_by(host, 10).size(), 2u) << one.name;
  }
}

TEST_F(JobPlacementContract, within_one_key_the_lowest_id_runs_first_whatever_the_jobs_need) {
  const Plugin other = plugin_needing("other", {.memory_mb = 1});
  std::vector<NewJob> batch;
  for (int i = 0; i < 20; ++i) batch.push_back(job_of(i % 3 == 0 ? other : plugin, "bob"));
  const auto ids = submit_all(batch);
  std::vector<JobId> order;
  for (const int count : {1, 2, 7, 1, 9})
    for (const JobId id : ids_by(worker, count)) order.push_back(id);
  EXPECT_EQ(order, ids);
}

TEST_F(JobPlacementContract, a_key_with_jobs_of_two_kinds_has_one_turn) {
  const Plugin other = plugin_needing("other", {.memory_mb = 1});
  const auto one = submit_many(plugin, 12, "both");
  const auto two = submit_many(other, 12, "both");
  const auto single = submit_many(plugin, 12, "single");
  std::vector<JobId> order;
  for (int i = 0; i < 16; ++i)
    for (const JobId id : ids_by(worker, 1)) order.push_back(id);
  EXPECT_EQ(how_many_of(order, single), 8);
  EXPECT_EQ(how_many_of(order, one) + how_many_of(order, two), 8);
}

TEST_F(JobPlacementContract, a_key_whose_jobs_nobody_could_take_has_not_saved_up_turns) {
  const Plugin gpu = gpu_plugin();
  const auto late = submit_many(gpu, 30, "late");
  submit_many(plugin, 80, "busy");
  EXPECT_EQ(claim(50).size(), 50u);
  const auto order = ids_by(worker_with({.gpus = 100}), 20);
  EXPECT_GE(how_many_of(order, late), 9);
  EXPECT_LE(how_many_of(order, late), 11);
}

TEST_F(JobPlacementContract, neither_does_a_new_kind_of_job_nor_coming_and_going_gain_turns) {
  const Plugin gpu = gpu_plugin();
  const WorkerId both = worker_with({.gpus = 100});
  submit_many(plugin, 80, "busy");
  claim(30);
  std::vector<JobId> of_guest = submit_many(gpu, 1, "guest");
  int wins = 0;
  for (int i = 0; i < 20; ++i) {
    const auto won = ids_by(both, 1);
    ASSERT_EQ(won.size(), 1u);
    if (won.front() != of_guest.back()) continue;
    ++wins;
    of_guest.push_back(submit_many(gpu, 1, "guest").front());
  }
  EXPECT_GE(wins, 9);
  EXPECT_LE(wins, 11);
}

TEST_F(JobPlacementContract, a_higher_priority_that_cannot_be_placed_holds_up_no_other) {
  NewJob first = job_for(gpu_plugin());
  first.priority = 9;
  submit(first);
  const auto plain = submit_many(plugin, 2);
  EXPECT_EQ(ids_by(worker, 10), plain);
}

TEST_F(JobPlacementContract, a_large_job_that_waited_long_enough_gets_the_room_that_frees_up) {
  const Plugin small = plugin_needing("small", {.memory_mb = 100});
  const WorkerId host = worker_with({.memory_mb = 1'000});
  submit_many(small, 40);
  std::vector<ClaimedJob> running = claim_by(host, 16);
  ASSERT_EQ(running.size(), 10u);
  const JobId large = submit(job_of(plugin_needing("large", {.memory_mb = 800}), "ada"));

  finish(success(running[0]));
  EXPECT_EQ(ids_by(host, 16).size(), 1u) << "it has not waited long: small ones go on";

  db.clock.advance(placement_patience);
  for (std::size_t i = 1; i < 9; ++i) {
    const auto won = ids_by(host, 16);
    EXPECT_TRUE(won.empty()) << "a small one was let past after " << i << " ends";
    finish(success(running[i]));
  }
  const auto won = ids_by(host, 16);
  ASSERT_FALSE(won.empty());
  EXPECT_EQ(how_many_of(won, {large}), 1);
}

TEST_F(JobPlacementContract, what_a_waiting_large_job_does_not_need_is_used) {
  const Plugin large = plugin_needing("large", {.memory_mb = 800});
  const WorkerId host = worker_with({.memory_mb = 1'000});
  submit_many(large, 3);
  EXPECT_EQ(claim_by(host, 16).size(), 1u);
  db.clock.advance(placement_patience);
  submit_many(plugin_needing("small", {.memory_mb = 100}), 5, "ada");
  EXPECT_EQ(claim_by(host, 16).size(), 2u) << "beside the next large one they fit, as beside this one";
}

TEST_F(JobPlacementContract, a_job_keeps_its_requirements_through_all_of_its_life) {
  const Plugin gpu = gpu_plugin();
  const WorkerId host = worker_with({.gpus = 1});
  NewJob delayed = job_for(gpu);
  delayed.run_at = start + 10s;
  const JobId id = submit(delayed);
  db.clock.advance(10s);
  const auto claim_at_last = [&] {
    EXPECT_TRUE(claim(10).empty());
    auto won = claim_by(host, 10);
    EXPECT_EQ(ids_of(won), std::vector{id});
    return won.at(0);
  };
  finish(give_back(claim_at_last()));
  finish(failure_for_now(claim_at_last(), 1s));
  db.clock.advance(1s);
  claim_at_last();
  EXPECT_EQ(ok(db.jobs.rescue(host, WorkerEnd::fell_silent)).requeued, std::vector{id});
  finish(failure_for_good(claim_at_last()));
  ok(db.jobs.retry(id));
  claim_at_last();
}

TEST_F(JobPlacementContract, a_job_needs_what_its_own_version_needs) {
  const Plugin gpu = gpu_plugin();
  const JobId old = submit(job_for(gpu));
  const Plugin changed = ok(db.plugins.change(gpu.id, {.spec = spec()}));
  const JobId fresh = submit(job_for(changed));
  EXPECT_EQ(ids_by(worker, 10), std::vector{fresh});
  EXPECT_EQ(ids_by(worker_with({.gpus = 1}), 10), std::vector{old});
}

TEST_F(JobPlacementContract, many_claims_of_different_workers_at_once_each_get_what_fits) {
  const auto needs_gpu = submit_many(gpu_plugin(), 40);
  const auto plain = submit_many(plugin_needing("plain", {.memory_mb = 100}), 40, "ada");
  const WorkerId gpus = worker_with({.memory_mb = 1'000'000, .gpus = 30});
  const WorkerId narrow = worker_with({.memory_mb = 1'000});
  std::vector<boost::asio::awaitable<Result<Claim>>> at_once;
  for (int i = 0; i < 30; ++i) {
    at_once.push_back(db.jobs.claim(gpus, 2));
    at_once.push_back(db.jobs.claim(narrow, 2));
  }
  std::vector<JobId> by_gpus, by_narrow;
  bool is_narrow = false;
  for (auto& answer : run_all(std::move(at_once))) {
    for (const ClaimedJob& claimed : ok(std::move(answer)).jobs) (is_narrow ? by_narrow : by_gpus).push_back(claimed.id);
    is_narrow = !is_narrow;
  }
  EXPECT_EQ(by_narrow.size(), 10u);
  EXPECT_EQ(how_many_of(by_narrow, needs_gpu), 0);
  EXPECT_EQ(how_many_of(by_gpus, needs_gpu), 30);
  EXPECT_EQ(how_many_of(by_gpus, plain), 30);
}

TEST_F(JobPlacementContract, who_stands_before_a_job_is_counted) {
  const auto ids = submit_many(plugin, 5);
  NewJob urgent = job_of(plugin, "ada");
  urgent.priority = 9;
  submit_all({urgent, urgent, job_of(plugin, "ada")});
  const WaitingBefore before = ok(db.reader.waiting_before(ids[3]));
  EXPECT_EQ(before.higher_priority, 2);
  EXPECT_EQ(before.same_key, 3);
  claim(1);
  EXPECT_EQ(ok(db.reader.waiting_before(ids[3])).higher_priority, 1);
  const JobId running = claim(1).at(0).id;
  EXPECT_EQ(ok(db.reader.waiting_before(running)).higher_priority, 0);
  EXPECT_EQ(code_of(db.reader.waiting_before(JobId{999'999})), ErrorCode::not_found);
}

TEST_F(JobPlacementContract, what_the_runs_of_each_worker_hold_is_told) {
  EXPECT_TRUE(ok(db.reader.worker_loads()).empty());
  const WorkerId host = worker_with({.memory_mb = 1'000, .gpus = 4, .custom = {{"licence", 9}}});
  submit_many(plugin_needing("one", {.cpus = 0.5, .memory_mb = 100, .gpus = 1, .custom = {{"licence", 2}}}), 2);
  submit_many(plugin_needing("two", {.memory_mb = 10}), 1);
  EXPECT_EQ(claim_by(host, 10).size(), 3u);
  submit_many(plugin, 1);
  claim(1);
  const auto loads = ok(db.reader.worker_loads());
  ASSERT_EQ(loads.size(), 2u);
  EXPECT_EQ(loads[0].worker, worker);
  EXPECT_EQ(loads[0].runs, 1);
  EXPECT_EQ(loads[0].held, (Resources{.memory_mb = 512}));
  EXPECT_EQ(loads[1].worker, host);
  EXPECT_EQ(loads[1].runs, 3);
  EXPECT_EQ(loads[1].held, (Resources{.cpus = 1, .memory_mb = 210, .gpus = 2, .custom = {{"licence", 4}}}));
}

}  // namespace orc
