#include "adapters/package/plugin_manifest.h"

#include <gtest/gtest.h>
#include <set>
#include <string>

#include "domain/fault_list.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

std::string place(const FieldFault& fault) {
  std::string text;
  for (const auto& step : fault.loc)
    text += "/" + (std::holds_alternative<std::string>(step) ? std::get<std::string>(step) : std::to_string(std::get<std::int64_t>(step)));
  return text;
}

template <typename T>
std::set<std::string> places(const Draft<T>& draft) {
  std::set<std::string> all;
  for (const auto& fault : draft.faults) EXPECT_TRUE(all.insert(place(fault)).second) << place(fault) << " is told twice";
  return all;
}

NewPlugin well_read(std::string_view json) {
  auto draft = read_new_plugin(json);
  EXPECT_EQ(places(draft), std::set<std::string>{}) << json;
  return std::move(draft.content);
}

PluginChange well_changed(std::string_view json, const PluginSpec& current) {
  auto draft = read_plugin_change(json, current);
  EXPECT_EQ(places(draft), std::set<std::string>{}) << json;
  return std::move(draft.content);
}

// Faults of form and those of the domain's rules beside them, as a use case joins them.
std::set<std::string> all_places(std::string_view json) {
  auto draft = read_new_plugin(json);
  FaultList faults(std::move(draft.faults));
  judge(draft.content.spec, faults);
  return places(Draft<NewPlugin>{.content = {}, .faults = std::move(faults).take()});
}

std::string with(const std::string& fields) { return R"({"name":"a","version":"1.0.0","command":["./run"],)" + fields + "}"; }

TEST(PluginManifest, every_field_is_read) {
  const auto plugin = well_read(R"({"name":"my-plugin-1","version":"1.20.3","description":"does it","command":["python3","-I","main.py"],
    "input_schema": { "type" : "object" },"output_schema":true,"mode":"once","network":"none",
    "limits":{"timeout_seconds":10,"grace_seconds":1,"memory_mb":64,"cpus":0.5,"pids":8,"output_kb":16,"scratch_mb":0},
    "retry":{"max_attempts":2,"backoff_seconds":[0.25]},"env":{"A":"1"},"unknown":{"x":[1]},
    "resources":{"cpus":1.5,"memory_mb":2048,"gpus":1,"custom":{"licence":2}},"isolation":"strict","worker_labels":{"zone":"a"},"unknown2":{"x":[1]}})");
  EXPECT_EQ(plugin.name, "my-plugin-1");
  EXPECT_EQ(plugin.version, "1.20.3");
  EXPECT_EQ(plugin.description, "does it");
  EXPECT_EQ(plugin.spec.command, (std::vector{"python3"s, "-I"s, "main.py"s}));
  EXPECT_EQ(plugin.spec.input_schema, R"({ "type" : "object" })") << "as the bytes that came";
  EXPECT_EQ(plugin.spec.output_schema, "true");
  EXPECT_EQ(
      plugin.spec.limits,
      (PluginLimits{.timeout = 10s, .grace = 1s, .queue = {}, .memory_mb = 64, .cpus = 0.5, .pids = 8, .output_kb = 16, .scratch_mb = 0}));
  EXPECT_EQ(plugin.spec.retry, (RetryPolicy{.attempts_max = 2, .backoff = {250ms}}));
  EXPECT_EQ(plugin.spec.env, (std::map<std::string, std::string>{{"A", "1"}}));
  EXPECT_EQ(plugin.spec.resources, (PluginResources{.cpus = 1.5, .memory_mb = 2048, .gpus = 1, .custom = {{"licence", 2}}}));
  EXPECT_EQ(plugin.spec.isolation, Isolation::strict);
  EXPECT_EQ(plugin.spec.worker_labels, (std::map<std::string, std::string>{{"zone", "a"}}));
}

TEST(PluginManifest, what_is_absent_has_the_defaults_of_the_contract) {
  const auto plugin = well_read(R"({"name":"a","version":"1.0.0","docker_image_url":"registry:5000/team/image@sha256:abc"})");
  EXPECT_EQ(plugin.spec, (PluginSpec{.docker_image_url = "registry:5000/team/image@sha256:abc"}));
}

TEST(PluginManifest, the_old_name_of_the_image_is_understood) {
  EXPECT_EQ(well_read(R"({"name":"a","version":"1.0.0","docker_image":"image:1"})").spec.docker_image_url, "image:1");
  const char* const same[] = {R"("docker_image":"x","docker_image_url":"x")", R"("docker_image":null,"docker_image_url":"x")",
                              R"("docker_image":"x","docker_image_url":null)"};
  for (const std::string fields : same) {
    SCOPED_TRACE(fields);
    EXPECT_EQ(well_read(R"({"name":"a","version":"1.0.0",)" + fields + "}").spec.docker_image_url, "x");
  }
}

TEST(PluginManifest, the_name_that_the_image_came_under_is_kept_for_its_faults) {
  const std::map<std::string, std::string> older = {{"docker_image_url", "docker_image"}};
  EXPECT_EQ(read_new_plugin(R"({"docker_image":"-v"})").sent_as, older);
  EXPECT_EQ(read_plugin_change(R"({"docker_image":5})", {}).sent_as, older);
  for (const auto* json :
       {"{}", R"({"docker_image_url":"-v"})", R"({"docker_image_url":"-v","docker_image":"-v"})", R"({"docker_image":null})"})
    EXPECT_TRUE(read_new_plugin(json).sent_as.empty()) << json;
}

TEST(PluginManifest, what_runs_cannot_be_taken_away_without_something_in_its_place) {
  const PluginSpec image{.docker_image_url = "x:1"};
  const PluginSpec package{.command = {"./run"}, .package = ContentHash{}};
  const struct {
    const char* json;
    PluginSpec current;
    std::set<std::string> places;
  } cases[] = {{R"({"docker_image_url":null})", image, {"/docker_image_url"}},
               {R"({"docker_image":null})", image, {"/docker_image"}},
               {R"({"docker_image":null,"docker_image_url":null,"command":null})", image, {"/docker_image_url"}},
               {R"({"docker_image_url":null,"command":["./run"]})", image, {}},
               {R"({"command":null})", image, {}},
               {R"({"command":null})", package, {"/command"}},
               {R"({"command":null,"docker_image_url":null})", package, {"/command"}},
               {R"({"command":null,"docker_image_url":"x:1"})", package, {}},
               {R"({"docker_image_url":null})", package, {}}};
  for (const auto& [json, current, expected] : cases) EXPECT_EQ(places(read_plugin_change(json, current)), expected) << json;
}

TEST(PluginManifest, every_fault_is_told_at_its_place) {
  struct Case {
    std::string json;
    std::set<std::string> places;
  };
  const Case cases[] = {
      {"{}", {"/name", "/version", "/docker_image_url"}},
      {"[]", {""}},
      {"{", {""}},
      {R"({"name":"a","version":"1.0.0"})", {"/docker_image_url"}},
      {R"({"name":"A b","version":"1.0","docker_image_url":"x"})", {"/name", "/version"}},
      {R"({"name":1,"version":["1.0.0"],"docker_image_url":true})", {"/name", "/version", "/docker_image_url"}},
      {R"({"name":"a","version":"1.0.0","docker_image_url":"--privileged"})", {"/docker_image_url"}},
      {R"({"name":"a","version":"1.0.0","docker_image_url":"-v /:/h x"})", {"/docker_image_url"}},
      {R"({"name":"a","version":"1.0.0","docker_image_url":"x;id"})", {"/docker_image_url"}},
      {R"({"name":"a","version":"1.0.0","docker_image_url":"x","command":["y"]})", {"/command"}},
      {R"({"name":"a","version":"1.0.0","command":[]})", {"/docker_image_url"}},
      {R"({"name":"a","version":"1.0.0","command":"./run"})", {"/command"}},
      {R"({"name":"a","version":"1.0.0","command":["a",1]})", {"/command/1"}},
      {R"({"name":"a","version":"1.0.0","command":[""]})", {"/command/0"}},
      {with(R"("input_schema":"x","output_schema":[1])"), {"/input_schema", "/output_schema"}},
      {with(R"("limits":{"timeout_seconds":0,"memory_mb":"x","cpus":-1,"pids":99999})"),
       {"/limits/timeout_seconds", "/limits/memory_mb", "/limits/cpus", "/limits/pids"}},
      {with(R"("limits":[])"), {"/limits"}},
      {with(R"("limits":{"queue_seconds":0})"), {"/limits/queue_seconds"}},
      {with(R"("retry":{"max_attempts":0,"backoff_seconds":[-1]})"), {"/retry/max_attempts", "/retry/backoff_seconds"}},
      {with(R"("retry":{"backoff_seconds":[]})"), {"/retry/backoff_seconds"}},
      {with(R"("env":{"ORC_JOB_ID":"1"})"), {"/env/ORC_JOB_ID"}},
      {with(R"("env":{"LD_PRELOAD":"x"})"), {"/env/LD_PRELOAD"}},
      {with(R"("env":5)"), {"/env"}},
      {with(R"("env":["A"])"), {"/env"}},
      {with(R"("env":{"A":1,"1A":"x","B":null,"LD_X":"y","GOOD":"z"})"), {"/env/A", "/env/1A", "/env/B", "/env/LD_X"}},
      {with(R"("env":{"A":1},"limits":{"pids":0},"docker_image_url":"-v","mode":"cold","input_schema":7)"),
       {"/env/A", "/limits/pids", "/docker_image_url", "/command", "/mode", "/input_schema"}},
      {R"({"name":"a","version":"1.0.0","docker_image":"-v"})", {"/docker_image_url"}},
      {R"({"name":"a","version":"1.0.0","docker_image":5})", {"/docker_image_url"}},
      {R"({"name":"a","version":"1.0.0","docker_image":5,"docker_image_url":"x"})", {"/docker_image"}},
      {R"({"name":"a","version":"1.0.0","docker_image":"old","docker_image_url":"new"})", {"/docker_image"}},
      {R"({"name":"a","version":"1.0.0","docker_image_url":"-v","command":["x",5]})", {"/docker_image_url", "/command/1"}},
      {with(R"("retry":{"max_attempts":"x","backoff_seconds":[]})"), {"/retry/max_attempts"}},
      {with(
           R"("mode":"warm","warm":{"processes_max":0,"in_flight":1001,"start_seconds":"x","idle_seconds":0,"requests_max":-1,"share":"us","files_out":1})"),
       {"/warm/processes_max", "/warm/in_flight", "/warm/start_seconds", "/warm/idle_seconds", "/warm/requests_max", "/warm/share",
        "/warm/files_out"}},
      {with(R"("warm":[])"), {"/warm"}},
      {with(R"("mode":"sometimes")"), {"/mode"}},
      {with(R"("network":"host")"), {}},
      {with(R"("network":"bridge")"), {"/network"}},
      {with(R"("network":true)"), {"/network"}},
      {with(R"("resources":{"gpus":-1,"cpus":0,"memory_mb":"1"})"), {"/resources/gpus", "/resources/cpus", "/resources/memory_mb"}},
      {with(R"("resources":{"custom":{"tpu":0,"a b":1,"c":"x"}})"),
       {"/resources/custom/tpu", "/resources/custom/a b", "/resources/custom/c"}},
      {with(R"("resources":[1],"isolation":"weak","worker_labels":{"a":"b c","d":1})"), {"/resources", "/isolation", "/worker_labels/d"}},
      {with(R"("worker_labels":{"a":"b c"})"), {"/worker_labels/a"}},
  };
  for (const auto& [json, expected] : cases) EXPECT_EQ(all_places(json), expected) << json;
}

TEST(PluginManifest, there_is_no_network_unless_it_is_said) {
  const std::pair<const char*, NetworkAccess> cases[] = {{R"("description":"x")", NetworkAccess::none},
                                                         {R"("network":null)", NetworkAccess::none},
                                                         {R"("network":"none")", NetworkAccess::none},
                                                         {R"("network":"host")", NetworkAccess::host}};
  for (const auto& [field, expected] : cases) EXPECT_EQ(well_read(with(field)).spec.network, expected) << field;
  PluginSpec current = well_read(with(R"("network":"host")")).spec;
  EXPECT_EQ(well_changed(R"({"limits":{"pids":3}})", current).spec->network, NetworkAccess::host) << "what is absent stays";
  for (const char* change : {R"({"network":"none"})", R"({"network":null})"})
    EXPECT_EQ(well_changed(change, current).spec->network, NetworkAccess::none) << change;
}

TEST(PluginManifest, a_change_keeps_what_it_does_not_name) {
  const PluginSpec current{.command = {"./run"}, .package = ContentHash{}, .input_schema = "{}", .limits = {.memory_mb = 64}};
  auto change = well_changed(R"({"limits":{"pids":8}})", current);
  PluginSpec expected = current;
  expected.limits.pids = 8;
  EXPECT_EQ(change.spec, expected);
  EXPECT_FALSE(change.version || change.description || change.is_active);

  change = well_changed(R"({"is_active":false,"description":null,"version":"2.0.0","name":"ignored"})", current);
  EXPECT_FALSE(change.spec);
  EXPECT_EQ(change.is_active, false);
  EXPECT_EQ(change.description, "");
  EXPECT_EQ(change.version, "2.0.0");

  change = well_changed(R"({"input_schema":null})", current);
  ASSERT_TRUE(change.spec);
  EXPECT_FALSE(change.spec->input_schema);

  change = well_changed(R"({"docker_image_url":"image:2"})", current);
  ASSERT_TRUE(change.spec);
  EXPECT_EQ(change.spec->docker_image_url, "image:2");
  EXPECT_TRUE(change.spec->command.empty());
  EXPECT_FALSE(change.spec->package);
}

TEST(PluginManifest, a_bad_change_is_told_like_a_bad_plugin_and_what_is_good_of_it_is_read) {
  const auto draft = read_plugin_change(R"({"version":"1","is_active":"no","mode":"cold","output_schema":{}})", {.command = {"x"}});
  EXPECT_EQ(places(draft), (std::set<std::string>{"/version", "/is_active", "/mode"}));
  ASSERT_TRUE(draft.content.spec);
  EXPECT_EQ(draft.content.spec->output_schema, "{}");
  EXPECT_EQ(places(read_plugin_change("no json", {})), std::set<std::string>{""});
}

TEST(PluginManifest, a_change_of_mode_leaves_the_rest_and_null_puts_the_defaults_back) {
  PluginSpec current;
  current.command = {"./run"};
  const auto warm = read_plugin_change(
      R"({"mode":"warm","warm":{"processes_max":3,"share":"all","files_out":true},"limits":{"queue_seconds":9}})", current);
  ASSERT_TRUE(warm.faults.empty());
  current.mode = PluginMode::warm;
  current.warm.processes_max = 3;
  current.warm.share = WarmShare::all;
  current.warm.files_out = true;
  current.limits.queue = std::chrono::seconds{9};
  EXPECT_EQ(warm.content.spec, current);
  const auto less = read_plugin_change(R"({"warm":{"in_flight":2}})", current);
  EXPECT_EQ(less.content.spec->warm.processes_max, 3);
  EXPECT_EQ(less.content.spec->warm.in_flight, 2);
  const auto cold = read_plugin_change(R"({"mode":null,"warm":null,"limits":{"queue_seconds":null}})", current);
  EXPECT_EQ(cold.content.spec->mode, PluginMode::once);
  EXPECT_EQ(cold.content.spec->warm, WarmTerms{});
  EXPECT_FALSE(cold.content.spec->limits.queue);
}

TEST(PluginManifest, a_change_of_placement_leaves_the_rest_and_null_takes_it_away) {
  PluginSpec current;
  current.command = {"./run"};
  current.resources = {.cpus = 2, .memory_mb = 100, .gpus = 1, .custom = {{"licence", 1}}};
  current.isolation = Isolation::strict;
  current.worker_labels = {{"zone", "a"}};
  const auto changed = read_plugin_change(R"({"resources":{"gpus":2,"cpus":null}})", current);
  ASSERT_TRUE(changed.faults.empty());
  PluginSpec wanted = current;
  wanted.resources.gpus = 2;
  wanted.resources.cpus.reset();
  EXPECT_EQ(changed.content.spec, wanted);
  const auto cleared = read_plugin_change(R"({"resources":null,"isolation":null,"worker_labels":null})", current);
  ASSERT_TRUE(cleared.faults.empty());
  EXPECT_EQ(cleared.content.spec->resources, PluginResources{});
  EXPECT_FALSE(cleared.content.spec->isolation);
  EXPECT_TRUE(cleared.content.spec->worker_labels.empty());
}

}  // namespace
}  // namespace orc
