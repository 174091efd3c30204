#include "adapters/package/plugin_manifest.h"

#include <gtest/gtest.h>
#include <set>
#include <string>

#include "adapters/json/json_document.h"

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
std::set<std::string> places(const ManifestResult<T>& result) {
  std::set<std::string> all;
  if (!result)
    for (const auto& fault : result.error()) all.insert(place(fault));
  return all;
}

ManifestResult<NewPlugin> read(const std::string& json) {
  const auto document = JsonDocument::parse(json);
  EXPECT_TRUE(document) << json;
  return read_new_plugin(document->root(), {"body"});
}

ManifestResult<PluginChange> read_change(const std::string& json, const PluginSpec& current) {
  const auto document = JsonDocument::parse(json);
  EXPECT_TRUE(document) << json;
  return read_plugin_change(document->root(), {"body"}, current);
}

std::string with(const std::string& fields) { return R"({"name":"a","version":"1.0.0","command":["./run"],)" + fields + "}"; }

TEST(PluginManifest, every_field_is_read) {
  const auto plugin = read(R"({"name":"my-plugin-1","version":"1.20.3","description":"does it","command":["python3","-I","main.py"],
    "input_schema": { "type" : "object" },"output_schema":true,"mode":"once","network":"none",
    "limits":{"timeout_seconds":10,"grace_seconds":1,"memory_mb":64,"cpus":0.5,"pids":8,"output_kb":16,"scratch_mb":0},
    "retry":{"max_attempts":2,"backoff_seconds":[0.25]},"env":{"A":"1"},"resources":{"cpus":1},"unknown":{"x":[1]}})");
  ASSERT_TRUE(plugin);
  EXPECT_EQ(plugin->name, "my-plugin-1");
  EXPECT_EQ(plugin->version, "1.20.3");
  EXPECT_EQ(plugin->description, "does it");
  EXPECT_EQ(plugin->spec.command, (std::vector{"python3"s, "-I"s, "main.py"s}));
  EXPECT_EQ(plugin->spec.input_schema, R"({ "type" : "object" })") << "as the bytes that came";
  EXPECT_EQ(plugin->spec.output_schema, "true");
  EXPECT_EQ(plugin->spec.limits,
            (PluginLimits{.timeout = 10s, .grace = 1s, .memory_mb = 64, .cpus = 0.5, .pids = 8, .output_kb = 16, .scratch_mb = 0}));
  EXPECT_EQ(plugin->spec.retry, (RetryPolicy{.attempts_max = 2, .backoff = {250ms}}));
  EXPECT_EQ(plugin->spec.env, (std::map<std::string, std::string>{{"A", "1"}}));
}

TEST(PluginManifest, what_is_absent_has_the_defaults_of_the_contract) {
  const auto plugin = read(R"({"name":"a","version":"1.0.0","docker_image_url":"registry:5000/team/image@sha256:abc"})");
  ASSERT_TRUE(plugin);
  EXPECT_EQ(plugin->spec, (PluginSpec{.docker_image_url = "registry:5000/team/image@sha256:abc"}));
}

TEST(PluginManifest, the_old_name_of_the_image_is_understood) {
  EXPECT_EQ(read(R"({"name":"a","version":"1.0.0","docker_image":"image:1"})")->spec.docker_image_url, "image:1");
  EXPECT_EQ(read(R"({"name":"a","version":"1.0.0","docker_image":"old","docker_image_url":"new"})")->spec.docker_image_url, "new");
}

TEST(PluginManifest, every_fault_is_told_at_its_place) {
  struct Case {
    std::string json;
    std::set<std::string> places;
  };
  const Case cases[] = {
      {"{}", {"/body/name", "/body/version"}},
      {"[]", {"/body"}},
      {R"({"name":"a","version":"1.0.0"})", {"/body/docker_image_url"}},
      {R"({"name":"A b","version":"1.0","docker_image_url":"x"})", {"/body/name", "/body/version"}},
      {R"({"name":1,"version":["1.0.0"],"docker_image_url":true})", {"/body/name", "/body/version", "/body/docker_image_url"}},
      {R"({"name":"a","version":"1.0.0","docker_image_url":"--privileged"})", {"/body/docker_image_url"}},
      {R"({"name":"a","version":"1.0.0","docker_image_url":"-v /:/h x"})", {"/body/docker_image_url"}},
      {R"({"name":"a","version":"1.0.0","docker_image_url":"x;id"})", {"/body/docker_image_url"}},
      {R"({"name":"a","version":"1.0.0","docker_image_url":"x","command":["y"]})", {"/body/command"}},
      {R"({"name":"a","version":"1.0.0","command":[]})", {"/body/docker_image_url"}},
      {R"({"name":"a","version":"1.0.0","command":"./run"})", {"/body/command"}},
      {R"({"name":"a","version":"1.0.0","command":["a",1]})", {"/body/command/1"}},
      {R"({"name":"a","version":"1.0.0","command":[""]})", {"/body/command"}},
      {with(R"("input_schema":"x","output_schema":[1])"), {"/body/input_schema", "/body/output_schema"}},
      {with(R"("limits":{"timeout_seconds":0,"memory_mb":"x","cpus":-1,"pids":99999})"),
       {"/body/limits/timeout_seconds", "/body/limits/memory_mb", "/body/limits/cpus", "/body/limits/pids"}},
      {with(R"("limits":[])"), {"/body/limits"}},
      {with(R"("limits":{"queue_seconds":5})"), {"/body/limits/queue_seconds"}},
      {with(R"("retry":{"max_attempts":0,"backoff_seconds":[-1]})"), {"/body/retry/max_attempts", "/body/retry/backoff_seconds"}},
      {with(R"("retry":{"backoff_seconds":[]})"), {"/body/retry/backoff_seconds"}},
      {with(R"("env":{"ORC_JOB_ID":"1"})"), {"/body/env"}},
      {with(R"("env":{"LD_PRELOAD":"x"})"), {"/body/env"}},
      {with(R"("mode":"warm")"), {"/body/mode"}},
      {with(R"("mode":"sometimes")"), {"/body/mode"}},
      {with(R"("network":"host")"), {"/body/network"}},
      {with(R"("resources":{"gpus":1})"), {"/body/resources"}},
      {with(R"("resources":{"custom":{"tpu":1}})"), {"/body/resources"}},
  };
  for (const auto& [json, expected] : cases) EXPECT_EQ(places(read(json)), expected) << json;
}

TEST(PluginManifest, what_is_not_built_yet_says_so) {
  for (const auto* fields : {R"("mode":"warm")", R"("network":"host")", R"("limits":{"queue_seconds":5})"}) {
    const auto plugin = read(with(fields));
    ASSERT_FALSE(plugin) << fields;
    EXPECT_TRUE(plugin.error().front().msg.contains("not supported yet by this release")) << plugin.error().front().msg;
  }
}

TEST(PluginManifest, a_change_keeps_what_it_does_not_name) {
  const PluginSpec current{.command = {"./run"}, .package = ContentHash{}, .input_schema = "{}", .limits = {.memory_mb = 64}};
  auto change = read_change(R"({"limits":{"pids":8}})", current);
  ASSERT_TRUE(change);
  PluginSpec expected = current;
  expected.limits.pids = 8;
  EXPECT_EQ(change->spec, expected);
  EXPECT_FALSE(change->version || change->description || change->is_active);

  change = read_change(R"({"is_active":false,"description":null,"version":"2.0.0","name":"ignored"})", current);
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->spec);
  EXPECT_EQ(change->is_active, false);
  EXPECT_EQ(change->description, "");
  EXPECT_EQ(change->version, "2.0.0");

  change = read_change(R"({"input_schema":null})", current);
  ASSERT_TRUE(change && change->spec);
  EXPECT_FALSE(change->spec->input_schema);

  change = read_change(R"({"docker_image_url":"image:2"})", current);
  ASSERT_TRUE(change && change->spec);
  EXPECT_EQ(change->spec->docker_image_url, "image:2");
  EXPECT_TRUE(change->spec->command.empty());
  EXPECT_FALSE(change->spec->package);
}

TEST(PluginManifest, a_bad_change_is_told_like_a_bad_plugin) {
  EXPECT_EQ(places(read_change(R"({"version":"1","is_active":"no","mode":"warm"})", {.command = {"x"}})),
            (std::set<std::string>{"/body/version", "/body/is_active", "/body/mode"}));
}

TEST(PluginManifest, a_file_with_faults_is_one_sentence_that_names_them_all) {
  EXPECT_EQ(parse_plugin_manifest("{").error().code, ErrorCode::invalid_argument);
  const auto words = parse_plugin_manifest(R"({"version":"1.0.0","command":["x"],"limits":{"pids":0}})").error().message;
  EXPECT_TRUE(words.starts_with("plugin.json: name: ")) << words;
  EXPECT_TRUE(words.contains("; limits.pids: ")) << words;
}

}  // namespace
}  // namespace orc
