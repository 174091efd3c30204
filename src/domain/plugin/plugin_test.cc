#include "domain/plugin/plugin.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck/gtest.h>
#include <set>
#include <span>

namespace orc {
namespace {

using namespace std::chrono_literals;

TEST(PluginName, has_1_to_100_of_small_letters_digits_and_hyphens) {
  for (const std::string& good :
       {std::string("a"), std::string("example-classifier"), std::string("0"), std::string("-"), std::string(100, 'z')})
    EXPECT_TRUE(is_plugin_name(good)) << good;
  for (const std::string& bad :
       {std::string(), std::string("A"), std::string("a_b"), std::string("a.b"), std::string("a/b"), std::string(".."), std::string("a b"),
        std::string("a\n"), std::string("a\0", 2), std::string("\xC3\xA4"), std::string(101, 'z')})
    EXPECT_FALSE(is_plugin_name(bad)) << bad;
}

TEST(PluginVersion, is_three_numbers) {
  for (const std::string_view good : {"0.0.0", "1.2.3", "10.20.30", "999999999.0.1"}) EXPECT_TRUE(is_plugin_version(good)) << good;
  for (const std::string_view bad : {"", "1", "1.2", "1.2.3.4", "1..3", ".1.2", "1.2.", "01.2.3", "1.2.03", "v1.2.3", "1.2.3-rc1",
                                     "1.2.3+b", " 1.2.3", "1.2.3\n", "1.2.x", "-1.2.3", "1.2.1000000000"})
    EXPECT_FALSE(is_plugin_version(bad)) << bad;
}

std::vector<FieldFault> faults_of(const PluginSpec& spec) {
  FaultList faults({});
  judge(spec, faults);
  return std::move(faults).take();
}

std::string to_text(const FieldPlace& place) {
  std::string text;
  for (const FieldStep& step : place)
    text += "/" + (std::holds_alternative<std::string>(step) ? std::get<std::string>(step) : std::to_string(std::get<std::int64_t>(step)));
  return text;
}

bool is_good(const PluginSpec& spec) { return faults_of(spec).empty(); }

PluginSpec folder_spec() {
  PluginSpec spec;
  spec.command = {"./run"};
  return spec;
}

PluginSpec image_spec() {
  PluginSpec spec;
  spec.docker_image_url = "registry.example.org:5000/team/echo:1.0";
  return spec;
}

TEST(PluginSpec, needs_either_an_image_or_a_command) {
  EXPECT_TRUE(is_good(folder_spec()));
  EXPECT_TRUE(is_good(image_spec()));
  EXPECT_FALSE(is_good(PluginSpec{}));
  PluginSpec both = image_spec();
  both.command = {"./run"};
  EXPECT_FALSE(is_good(both));
}

TEST(PluginSpec, an_image_that_gets_the_hosts_network_is_named_by_its_digest) {
  PluginSpec networked = image_spec();
  networked.network = NetworkAccess::host;
  EXPECT_FALSE(is_good(networked));
  *networked.docker_image_url += "@sha256:" + std::string(64, 'a');
  EXPECT_TRUE(is_good(networked));
  PluginSpec folder = folder_spec();
  folder.network = NetworkAccess::host;
  EXPECT_TRUE(is_good(folder));
}

using Change = std::function<void(PluginSpec&)>;

struct BoundCase {
  FieldPlace place;
  Change least, most, below, above;
};

void expect_held(std::span<const BoundCase> cases) {
  for (const BoundCase& c : cases) {
    for (const Change& change : {c.least, c.most}) {
      PluginSpec spec = folder_spec();
      change(spec);
      EXPECT_TRUE(is_good(spec)) << to_text(c.place);
    }
    for (const Change& change : {c.below, c.above}) {
      PluginSpec spec = folder_spec();
      change(spec);
      const auto faults = faults_of(spec);
      ASSERT_EQ(faults.size(), 1u) << to_text(c.place);
      EXPECT_EQ(faults.front().loc, c.place) << to_text(faults.front().loc);
      EXPECT_EQ(faults.front().type, "value_error");
    }
  }
}

TEST(PluginSpec, every_bound_is_held_and_told_at_its_place) {
  const BoundCase cases[] = {
      {{"limits", "timeout_seconds"},
       [](auto& s) { s.limits.timeout = 1s; },
       [](auto& s) { s.limits.timeout = 86'400s; },
       [](auto& s) { s.limits.timeout = 0s; },
       [](auto& s) { s.limits.timeout = 86'401s; }},
      {{"limits", "grace_seconds"},
       [](auto& s) { s.limits.grace = 0s; },
       [](auto& s) { s.limits.grace = 300s; },
       [](auto& s) { s.limits.grace = -1s; },
       [](auto& s) { s.limits.grace = 301s; }},
      {{"limits", "queue_seconds"},
       [](auto& s) { s.limits.queue = 1s; },
       [](auto& s) { s.limits.queue = 604'800s; },
       [](auto& s) { s.limits.queue = 0s; },
       [](auto& s) { s.limits.queue = 604'801s; }},
      {{"limits", "memory_mb"},
       [](auto& s) { s.limits.memory_mb = 1; },
       [](auto& s) { s.limits.memory_mb = 1'048'576; },
       [](auto& s) { s.limits.memory_mb = 0; },
       [](auto& s) { s.limits.memory_mb = 1'048'577; }},
      {{"limits", "cpus"},
       [](auto& s) { s.limits.cpus = 0.01; },
       [](auto& s) { s.limits.cpus = 1024; },
       [](auto& s) { s.limits.cpus = 0; },
       [](auto& s) { s.limits.cpus = 1024.1; }},
      {{"limits", "pids"},
       [](auto& s) { s.limits.pids = 1; },
       [](auto& s) { s.limits.pids = 32'768; },
       [](auto& s) { s.limits.pids = 0; },
       [](auto& s) { s.limits.pids = 32'769; }},
      {{"limits", "output_kb"},
       [](auto& s) { s.limits.output_kb = 1; },
       [](auto& s) { s.limits.output_kb = 65'536; },
       [](auto& s) { s.limits.output_kb = 0; },
       [](auto& s) { s.limits.output_kb = 65'537; }},
      {{"limits", "scratch_mb"},
       [](auto& s) { s.limits.scratch_mb = 0; },
       [](auto& s) { s.limits.scratch_mb = 65'536; },
       [](auto& s) { s.limits.scratch_mb = -1; },
       [](auto& s) { s.limits.scratch_mb = 65'537; }},
      {{"retry", "max_attempts"},
       [](auto& s) { s.retry.attempts_max = 1; },
       [](auto& s) { s.retry.attempts_max = 100; },
       [](auto& s) { s.retry.attempts_max = 0; },
       [](auto& s) { s.retry.attempts_max = 101; }},
      {{"retry", "backoff_seconds"},
       [](auto& s) { s.retry.backoff = {0ms}; },
       [](auto& s) { s.retry.backoff = {24h}; },
       [](auto& s) { s.retry.backoff = {1s, -1ms}; },
       [](auto& s) { s.retry.backoff = {24h + 1ms}; }},
  };
  expect_held(cases);
}

TEST(PluginSpec, every_bound_of_warm_processes_is_held_and_told_at_its_place) {
  const BoundCase cases[] = {
      {{"warm", "processes_max"},
       [](auto& s) { s.warm.processes_max = 1; },
       [](auto& s) { s.warm.processes_max = 256; },
       [](auto& s) { s.warm.processes_max = 0; },
       [](auto& s) { s.warm.processes_max = 257; }},
      {{"warm", "in_flight"},
       [](auto& s) { s.warm.in_flight = 1; },
       [](auto& s) { s.warm.in_flight = 1000; },
       [](auto& s) { s.warm.in_flight = 0; },
       [](auto& s) { s.warm.in_flight = 1001; }},
      {{"warm", "start_seconds"},
       [](auto& s) { s.warm.start = 1s; },
       [](auto& s) { s.warm.start = 3600s; },
       [](auto& s) { s.warm.start = 0s; },
       [](auto& s) { s.warm.start = 3601s; }},
      {{"warm", "idle_seconds"},
       [](auto& s) { s.warm.idle = 1s; },
       [](auto& s) { s.warm.idle = 86'400s; },
       [](auto& s) { s.warm.idle = 0s; },
       [](auto& s) { s.warm.idle = 86'401s; }},
      {{"warm", "requests_max"},
       [](auto& s) { s.warm.requests_max = 1; },
       [](auto& s) { s.warm.requests_max = 1'000'000'000; },
       [](auto& s) { s.warm.requests_max = 0; },
       [](auto& s) { s.warm.requests_max = 1'000'000'001; }},
  };
  expect_held(cases);
}

TEST(PluginSpec, every_bound_of_placement_is_held_and_told_at_its_place) {
  const BoundCase cases[] = {
      {{"resources", "cpus"},
       [](auto& s) { s.resources.cpus = 0.01; },
       [](auto& s) { s.resources.cpus = 4096; },
       [](auto& s) { s.resources.cpus = 0; },
       [](auto& s) { s.resources.cpus = 4097; }},
      {{"resources", "memory_mb"},
       [](auto& s) { s.resources.memory_mb = 0; },
       [](auto& s) { s.resources.memory_mb = 16'777'216; },
       [](auto& s) { s.resources.memory_mb = -1; },
       [](auto& s) { s.resources.memory_mb = 16'777'217; }},
      {{"resources", "gpus"},
       [](auto& s) { s.resources.gpus = 0; },
       [](auto& s) { s.resources.gpus = 1024; },
       [](auto& s) { s.resources.gpus = -1; },
       [](auto& s) { s.resources.gpus = 1025; }},
      {{"resources", "custom", "licence"},
       [](auto& s) { s.resources.custom = {{"licence", 1}}; },
       [](auto& s) { s.resources.custom = {{"licence", 1'000'000'000}}; },
       [](auto& s) { s.resources.custom = {{"licence", 0}}; },
       [](auto& s) { s.resources.custom = {{"licence", 1'000'000'001}}; }},
      {{"worker_labels"},
       [](auto& s) { s.worker_labels = {{"a", "b"}}; },
       [](auto& s) {
         for (char c = 'a'; c < 'i'; ++c) s.worker_labels[std::string(1, c)] = "x";
       },
       [](auto& s) {
         for (char c = 'a'; c < 'j'; ++c) s.worker_labels[std::string(1, c)] = "x";
       },
       [](auto& s) {
         for (char c = 'a'; c < 'z'; ++c) s.worker_labels[std::string(1, c)] = "x";
       }},
      {{"worker_labels", "zone"},
       [](auto& s) { s.worker_labels = {{"zone", "a"}}; },
       [](auto& s) { s.worker_labels = {{"zone", std::string(63, 'a')}}; },
       [](auto& s) { s.worker_labels = {{"zone", ""}}; },
       [](auto& s) { s.worker_labels = {{"zone", std::string(64, 'a')}}; }},
  };
  expect_held(cases);
}

TEST(PluginSpec, every_broken_rule_is_told_at_once) {
  const PluginSpec spec{.docker_image_url = "-v",
                        .command = {"", std::string("a\0b", 3)},
                        .limits = {.timeout = 0s, .pids = 0},
                        .retry = {.attempts_max = 0, .backoff = {-1ms}},
                        .env = {{"1A", "x"}, {"LD_PRELOAD", "x"}, {"GOOD", "x"}}};
  std::set<std::string> places;
  for (const FieldFault& fault : faults_of(spec)) EXPECT_TRUE(places.insert(to_text(fault.loc)).second) << to_text(fault.loc);
  EXPECT_EQ(places, (std::set<std::string>{"/command", "/command/0", "/command/1", "/docker_image_url", "/limits/timeout_seconds",
                                           "/limits/pids", "/retry/max_attempts", "/retry/backoff_seconds", "/env/1A", "/env/LD_PRELOAD"}));
}

TEST(PluginSpec, what_could_not_be_read_is_not_judged) {
  const auto at = [](FieldPlace place) { return FieldFault{.loc = std::move(place), .msg = "unreadable", .type = "string_type"}; };
  const std::pair<std::vector<FieldFault>, PluginSpec> cases[] = {
      {{at({})}, {}},
      {{at({"command"})}, {}},
      {{at({"command", 1})}, {}},
      {{at({"docker_image_url"})}, {}},
      {{at({"limits"})}, {.command = {"x"}, .limits = {.pids = 0}}},
      {{at({"retry", "max_attempts"})}, {.command = {"x"}, .retry = {.attempts_max = 4, .backoff = {}}}},
      {{at({"env", "1A", "[key]"})}, {.command = {"x"}, .env = {{"1A", "x"}}}},
  };
  for (const auto& [known, spec] : cases) {
    FaultList faults(known);
    judge(spec, faults);
    EXPECT_EQ(faults.faults(), known) << to_text(known.front().loc);
  }
}

TEST(PluginSpec, what_is_no_number_of_cpus_is_refused) {
  PluginSpec spec = folder_spec();
  spec.limits.cpus = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(is_good(spec));
  spec.limits.cpus = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(is_good(spec));
}

TEST(PluginSpec, a_retry_without_a_backoff_is_refused) {
  PluginSpec spec = folder_spec();
  spec.retry = {.attempts_max = 2, .backoff = {}};
  EXPECT_FALSE(is_good(spec));
  spec.retry.attempts_max = 1;
  EXPECT_TRUE(is_good(spec));
  spec.retry.backoff = std::vector(101, std::chrono::milliseconds{1});
  EXPECT_FALSE(is_good(spec));
}

TEST(PluginSpec, an_image_reference_can_be_no_option_and_no_path) {
  for (const std::string_view good :
       {"busybox", "busybox:1.36", "localhost:5000/x", "a/b/c@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}) {
    PluginSpec spec;
    spec.docker_image_url = good;
    EXPECT_TRUE(is_good(spec)) << good;
  }
  for (const std::string& bad : {std::string(), std::string("-v"), std::string("--privileged"), std::string("/etc"), std::string("../x"),
                                 std::string("a b"), std::string("a;b"), std::string("a\nb"), std::string("$(x)"), std::string(513, 'a')}) {
    PluginSpec spec;
    spec.docker_image_url = bad;
    EXPECT_FALSE(is_good(spec)) << bad;
  }
}

TEST(PluginSpec, a_command_is_a_bounded_list_of_bounded_arguments) {
  const std::pair<std::vector<std::string>, bool> cases[] = {
      {{"./run", "", "a b", "--x=$(y)"}, true},    {{""}, false},
      {{"./run", std::string("a\0b", 3)}, false},  {{"./run", std::string(4096, 'a')}, true},
      {{"./run", std::string(4097, 'a')}, false},  {std::vector<std::string>(100, "a"), true},
      {std::vector<std::string>(101, "a"), false},
  };
  for (const auto& [command, good] : cases) {
    PluginSpec spec;
    spec.command = command;
    EXPECT_EQ(is_good(spec), good) << command.size() << " arguments";
  }
}

TEST(PluginSpec, an_environment_cannot_touch_what_the_system_sets) {
  const std::tuple<std::string, std::string, bool> cases[] = {{"MODEL", "a=b", true},
                                                              {"_x1", "", true},
                                                              {"ORC", "1", true},
                                                              {"A", std::string(32'768, 'v'), true},
                                                              {"", "1", false},
                                                              {"1A", "1", false},
                                                              {"A-B", "1", false},
                                                              {"A=B", "1", false},
                                                              {"\xC3\xA4", "1", false},
                                                              {std::string(101, 'A'), "1", false},
                                                              {"ORC_JOB_ID", "7", false},
                                                              {"TRACEPARENT", "x", false},
                                                              {"LD_PRELOAD", "x.so", false},
                                                              {"A", std::string("a\0b", 3), false},
                                                              {"A", std::string(32'769, 'v'), false}};
  for (const auto& [name, value, good] : cases) {
    PluginSpec spec = folder_spec();
    spec.env = {{name, value}};
    EXPECT_EQ(is_good(spec), good) << name;
  }
  PluginSpec many = folder_spec();
  for (int i = 0; i < 101; ++i) many.env["A" + std::to_string(i)] = "1";
  EXPECT_FALSE(is_good(many));
}

RC_GTEST_PROP(PluginVersion, any_three_numbers_make_one, ()) {
  const auto part = [] { return std::to_string(*rc::gen::inRange(0, 1'000'000'000)); };
  RC_ASSERT(is_plugin_version(part() + "." + part() + "." + part()));
}

RC_GTEST_PROP(PluginVersion, a_text_that_is_one_has_nothing_but_digits_and_two_dots, (const std::string& text)) {
  if (!is_plugin_version(text)) return;
  RC_ASSERT(std::ranges::count(text, '.') == 2);
  RC_ASSERT(text.find_first_not_of("0123456789.") == std::string::npos);
}

RC_GTEST_PROP(PluginName, a_text_that_is_one_is_safe_in_a_path_and_a_command_line, (const std::string& text)) {
  if (is_plugin_name(text)) RC_ASSERT(text.find_first_of("/.\\ \"'$\n") == std::string::npos);
}

}  // namespace
}  // namespace orc
