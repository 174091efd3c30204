#include "domain/placement/room.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

PluginSpec folder_spec() {
  PluginSpec spec;
  spec.command = {"./run"};
  return spec;
}

Requirements needing(Resources resources) { return {.resources = std::move(resources)}; }

Room host(std::int64_t memory_mb) { return {Isolation::strict, {.memory_mb = memory_mb}}; }

TEST(requirements, follow_from_the_spec) {
  PluginSpec spec = folder_spec();
  spec.limits.memory_mb = 2048;
  spec.limits.cpus = 8;
  EXPECT_EQ(requirements_of(spec), needing({.memory_mb = 2048})) << "memory is what a run may use; a cap on cpus reserves none";

  spec.resources = {.cpus = 1.5, .memory_mb = 100, .gpus = 2, .custom = {{"licence", 1}}};
  spec.isolation = Isolation::container;
  spec.worker_labels = {{"zone", "a"}};
  spec.network = NetworkAccess::host;
  spec.command.clear();
  spec.docker_image_url = "a:1";
  EXPECT_EQ(requirements_of(spec), (Requirements{.isolation = Isolation::container,
                                                 .runtime = Runtime::image,
                                                 .resources = {.cpus = 1.5, .memory_mb = 100, .gpus = 2, .custom = {{"licence", 1}}},
                                                 .worker_labels = {{"zone", "a"}},
                                                 .warm = {},
                                                 .network = NetworkAccess::host}));
}

// A worker of an older release says nothing of networks, nor one that was not told to give its host's.
TEST(room, the_network_of_the_host_is_for_runs_of_workers_that_give_it_and_for_no_other) {
  const Requirements networked{.network = NetworkAccess::host};
  EXPECT_EQ(Room(Isolation::strict, {}).fit(networked), Fit::never);
  EXPECT_EQ(Room(Isolation::strict, {.network = NetworkAccess::host}).fit(networked), Fit::now);
  EXPECT_EQ(Room(Isolation::strict, {.network = NetworkAccess::host}).fit({}), Fit::now);
}

// A worker whose images run in Docker: each kind of run is held against what the place gives where that kind runs.
TEST(room, images_get_what_is_said_of_images_and_folders_and_what_stays_up_what_is_said_of_the_worker) {
  Requirements once{.runtime = Runtime::image};
  Requirements warm{.runtime = Runtime::image, .warm = WarmNeeds{}};
  const Requirements folder{.isolation = Isolation::strict, .network = NetworkAccess::host};
  const auto with = [](const Requirements& wanted, Isolation isolation, NetworkAccess network) {
    Requirements same = wanted;
    same.isolation = isolation;
    same.network = network;
    return same;
  };
  Equipment box{.runtimes = {Runtime::folder, Runtime::image}, .warm_requests = 4, .network = NetworkAccess::host};
  box.images = ImageTerms{.isolation = Isolation::container, .network = NetworkAccess::none, .warm = true};
  const Room strict(Isolation::strict, box);
  EXPECT_EQ(strict.fit(folder), Fit::now);
  EXPECT_EQ(strict.fit(with(once, Isolation::container, NetworkAccess::none)), Fit::now);
  EXPECT_EQ(strict.missing(with(once, Isolation::strict, NetworkAccess::host)),
            (std::vector{Unmet{.need = Need::isolation, .name = "", .wanted = "strict", .offered = "container", .free = {}},
                         Unmet{.need = Need::network, .name = "", .wanted = "host", .offered = "none", .free = {}}}));
  EXPECT_EQ(strict.fit(with(once, Isolation::strict, NetworkAccess::none)), Fit::never);
  EXPECT_EQ(strict.fit(with(once, Isolation::none, NetworkAccess::host)), Fit::never);
  EXPECT_EQ(strict.fit(with(warm, Isolation::strict, NetworkAccess::host)), Fit::now) << "it runs where folders do";

  box.images = ImageTerms{.isolation = Isolation::strict, .network = NetworkAccess::host, .warm = false};
  const Room weak(Isolation::container, box);
  EXPECT_EQ(weak.fit(folder), Fit::never);
  EXPECT_EQ(weak.fit(with(once, Isolation::strict, NetworkAccess::host)), Fit::now) << "though its folders get less";
  EXPECT_EQ(weak.fit(warm), Fit::never);
  EXPECT_EQ(weak.missing(warm), (std::vector{Unmet{.need = Need::warm_requests, .name = "", .wanted = "1", .offered = "0", .free = {}}}));
  warm.runtime = Runtime::folder;
  EXPECT_EQ(weak.fit(warm), Fit::now);
}

TEST(room, each_requirement_is_held_against_what_the_worker_offers) {
  const Equipment box{
      .runtimes = {Runtime::folder}, .cpus = 4, .memory_mb = 1000, .gpus = 1, .custom = {{"licence", 3}}, .labels = {{"zone", "a"}}};
  const struct {
    std::string what;
    Requirements wanted;
    std::vector<Unmet> unmet;
  } cases[] = {
      {"nothing", {}, {}},
      {"all there is",
       {.isolation = Isolation::container,
        .resources = {.cpus = 4, .memory_mb = 1000, .gpus = 1, .custom = {{"licence", 3}}},
        .worker_labels = {{"zone", "a"}}},
       {}},
      {"isolation",
       {.isolation = Isolation::strict},
       {{.need = Need::isolation, .name = "", .wanted = "strict", .offered = "container", .free = {}}}},
      {"runtime", {.runtime = Runtime::image}, {{.need = Need::runtime, .name = "", .wanted = "image", .offered = "folder", .free = {}}}},
      {"cpus", needing({.cpus = 4.5}), {{.need = Need::cpus, .name = "", .wanted = "4.5", .offered = "4", .free = {}}}},
      {"memory", needing({.memory_mb = 1001}), {{.need = Need::memory_mb, .name = "", .wanted = "1001", .offered = "1000", .free = {}}}},
      {"gpus", needing({.gpus = 2}), {{.need = Need::gpus, .name = "", .wanted = "2", .offered = "1", .free = {}}}},
      {"custom", needing({.custom = {{"dsp", 1}}}), {{.need = Need::custom, .name = "dsp", .wanted = "1", .offered = "0", .free = {}}}},
      {"network", {.network = NetworkAccess::host}, {{.need = Need::network, .name = "", .wanted = "host", .offered = "none", .free = {}}}},
      {"no such label",
       {.worker_labels = {{"disk", "ssd"}}},
       {{.need = Need::worker_label, .name = "disk", .wanted = "ssd", .offered = "", .free = {}}}},
      {"another value of a label",
       {.worker_labels = {{"zone", "b"}}},
       {{.need = Need::worker_label, .name = "zone", .wanted = "b", .offered = "a", .free = {}}}},
      {"two at once",
       needing({.memory_mb = 1001, .gpus = 2}),
       {{.need = Need::memory_mb, .name = "", .wanted = "1001", .offered = "1000", .free = {}},
        {.need = Need::gpus, .name = "", .wanted = "2", .offered = "1", .free = {}}}},
  };
  const Room room(Isolation::container, box);
  for (const auto& [what, wanted, unmet] : cases) {
    EXPECT_EQ(room.missing(wanted), unmet) << what;
    EXPECT_EQ(room.fit(wanted), unmet.empty() ? Fit::now : Fit::never) << what;
  }
}

TEST(room, what_runs_hold_is_busy_and_not_missing_for_ever) {
  Room room = host(24'000);
  const Requirements big = needing({.memory_mb = 8'000});
  EXPECT_EQ(room.space_for(big, 16), 3);
  EXPECT_EQ(room.space_for(big, 2), 2);
  room.take(big, 3);
  EXPECT_EQ(room.fit(big), Fit::later);
  EXPECT_EQ(room.space_for(big, 16), 0);
  EXPECT_EQ(room.missing(big),
            (std::vector{Unmet{.need = Need::memory_mb, .name = "", .wanted = "8000", .offered = "24000", .free = "0"}}));
  room.take(big, -1);
  EXPECT_EQ(room.fit(big), Fit::now);
  EXPECT_EQ(room.fit(needing({.memory_mb = 25'000})), Fit::never);
}

TEST(room, fractions_of_a_cpu_add_up_to_a_whole_one) {
  Room room(Isolation::strict, {.cpus = 1});
  const Requirements tenth = needing({.cpus = 0.1});
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(room.space_for(tenth, 100), 10 - i);
    room.take(tenth);
  }
  EXPECT_EQ(room.fit(tenth), Fit::later);
}

TEST(room, what_a_worker_does_not_say_bounds_nothing_but_special_equipment_must_be_there) {
  const Room silent(Isolation::none, {});
  EXPECT_EQ(silent.fit({.runtime = Runtime::image, .resources = {.cpus = 64, .memory_mb = 1'000'000}}), Fit::now);
  EXPECT_EQ(silent.fit(needing({.gpus = 1})), Fit::never);
  EXPECT_EQ(silent.fit(needing({.custom = {{"licence", 1}}})), Fit::never);
  EXPECT_EQ(silent.fit({.worker_labels = {{"zone", "a"}}}), Fit::never);
  EXPECT_EQ(silent.fit({.isolation = Isolation::container}), Fit::never);
}

TEST(placement_names, are_plain_words) {
  for (const char* good : {"gpu", "nvidia.com/a100", "Zone-1", "9"}) EXPECT_TRUE(is_placement_name(good)) << good;
  for (const char* bad : {"", "-a", ".a", "a b", "a=b", "ä"}) EXPECT_FALSE(is_placement_name(bad)) << bad;
  EXPECT_TRUE(is_placement_name(std::string(63, 'a')));
  EXPECT_FALSE(is_placement_name(std::string(64, 'a')));
}

}  // namespace
}  // namespace orc
