#include "adapters/remote_registry/remote_plugins.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <memory>

#include "adapters/http/stub_api.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/memory_stores.h"
#include "tests/fakes/recording_event_log.h"

namespace orc {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

// As the registry of the system replaced answers: no field of ours.
constexpr std::string_view contract_only =
    R"({"id": 7, "name": "shout", "version": "1.2.3", "description": null, "docker_image_url": "example.org/shout:1",
        "input_schema": {"type": "object"}, "output_schema": null, "is_active": true, "created_at": "2026-01-01T00:00:00Z"})";

std::string replaced(std::string_view text, std::string_view part, std::string_view by) {
  std::string made(text);
  const auto at = made.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return made.replace(at, part.size(), by);
}

// Reads as another does; may answer by what it remembers, or let something happen before an answer about a name.
class FakeReader final : public PluginReader {
 public:
  explicit FakeReader(PluginReader& reader) : reader_(reader) {}

  std::function<void()> interruption = [] {};
  std::optional<Plugin> remembered;

  Async<Plugin> by_name(std::string_view name) override {
    auto plugin = co_await reader_.by_name(name);
    interruption();
    co_return plugin;
  }
  Async<Plugin> by_id(PluginId id) override {
    if (remembered && remembered->id == id) co_return *remembered;
    co_return co_await reader_.by_id(id);
  }
  Async<PluginVersion> version(PluginVersionId id) override { return reader_.version(id); }
  Async<std::vector<PluginVersion>> versions(PluginId id) override { return reader_.versions(id); }
  Async<PluginPage> list(std::string_view name_part, Page page) override { return reader_.list(name_part, page); }

 private:
  PluginReader& reader_;
};

class RemotePluginsTest : public testing::Test {
 protected:
  Result<Plugin> find(std::string_view name) { return run(plugins.by_name(name)); }
  std::size_t questions() const { return api->seen().size(); }
  void go_away() { api.reset(); }
  // How often the log says so.
  std::ptrdiff_t times(std::string_view event) const {
    return std::ranges::count_if(log.lines, [&](const std::string& line) { return line.contains(event); });
  }

  Plugin add_own(std::string name) {
    PluginSpec spec;
    spec.command = {"./" + name};
    spec.env = {{"TOKEN", "secret"}};
    return ok(run(stores.plugins.add({.name = std::move(name), .version = "1.0.0", .description = "ours", .spec = std::move(spec)})));
  }

  std::unique_ptr<StubApi> api = std::make_unique<StubApi>();
  MemoryStores stores;
  RecordingEventLog log;
  RegistryClient client{api->url(), {}, {}};
  FakeReader remembering{stores.plugin_reader};
  FakeReader committed{stores.plugin_reader};
  RemotePlugins plugins{
      {.registry = client, .plugins = remembering, .committed = committed, .store = stores.plugins, .clock = stores.clock, .log = log}};
};

TEST_F(RemotePluginsTest, the_row_of_a_shared_database_is_found_by_its_version) {
  const Plugin echo = add_own("echo");
  api->answer("GET /api/v1/plugins/echo", 200,
              R"({"name": "echo", "version": "1.0.0", "description": "ours", "command": ["./echo"], "is_active": true, "version_id": )" +
                  std::to_string(std::to_underlying(echo.current.id)) + ", \"package\": null}");
  const Plugin found = ok(find("echo"));
  EXPECT_EQ(found.id, echo.id);
  EXPECT_EQ(found.current.spec.env.at("TOKEN"), "secret");
  EXPECT_EQ(ok(run(stores.plugin_reader.versions(echo.id))).size(), 1u);
}

TEST_F(RemotePluginsTest, the_row_of_a_shared_database_is_as_the_registry_left_it_whatever_we_remember) {
  const Plugin echo = add_own("echo");
  remembering.remembered = echo;
  ok(run(stores.plugins.change(echo.id, {.version = {}, .description = {}, .spec = {}, .is_active = false, .based_on = {}})));
  api->answer("GET /api/v1/plugins/echo", 200,
              R"({"name": "echo", "version": "1.0.0", "description": "ours", "command": ["./echo"], "is_active": false, "version_id": )" +
                  std::to_string(std::to_underlying(echo.current.id)) + ", \"package\": null}");
  EXPECT_FALSE(ok(find("echo")).is_active);
}

TEST_F(RemotePluginsTest, what_was_asked_before_a_change_is_not_remembered_after_it) {
  api->answer("GET /api/v1/plugins/shout", 200, std::string(contract_only));
  committed.interruption = [&] { plugins.forget(); };
  ok(find("shout"));
  committed.interruption = [] {};
  ok(find("shout"));
  EXPECT_EQ(questions(), 2u);
  ok(find("shout"));
  EXPECT_EQ(questions(), 2u);
}

TEST_F(RemotePluginsTest, another_databases_number_does_not_name_a_plugin_of_ours) {
  const Plugin own = add_own("own");
  api->answer("GET /api/v1/plugins/shout", 200,
              replaced(contract_only, "\"id\": 7", "\"version_id\": " + std::to_string(std::to_underlying(own.current.id))));
  const Plugin found = ok(find("shout"));
  EXPECT_NE(found.id, own.id);
  EXPECT_EQ(found.current.spec.docker_image_url, "example.org/shout:1");
}

TEST_F(RemotePluginsTest, another_database_gives_nobody_the_hosts_network) {
  api->answer("GET /api/v1/plugins/shout", 200, replaced(contract_only, "\"id\": 7", R"("id": 7, "network": "host")"));
  const Error refused = find("shout").error();
  EXPECT_EQ(refused.code, ErrorCode::unavailable);
  EXPECT_TRUE(refused.message.contains("shout the host's network")) << refused.message;
  EXPECT_FALSE(run(stores.plugin_reader.by_name("shout")));
}

TEST_F(RemotePluginsTest, what_another_database_has_is_copied_and_kept_up_to_date) {
  api->answer("GET /api/v1/plugins/shout", 200, std::string(contract_only));
  const Plugin first = ok(find("shout"));
  EXPECT_EQ(first.current.version, "1.2.3");
  EXPECT_EQ(first.current.spec.input_schema, R"({"type": "object"})");
  stores.clock.advance(1s);
  EXPECT_EQ(ok(find("shout")).current.id, first.current.id);

  api->answer("GET /api/v1/plugins/shout", 200, replaced(contract_only, "1.2.3", "1.3.0"));
  stores.clock.advance(1s);
  find("shout");
  stores.clock.advance(1s);
  const Plugin second = ok(find("shout"));
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.current.version, "1.3.0");

  api->answer("GET /api/v1/plugins/shout", 200, replaced(replaced(contract_only, "1.2.3", "1.3.0"), "true", "false"));
  stores.clock.advance(1s);
  find("shout");
  stores.clock.advance(1s);
  EXPECT_FALSE(ok(find("shout")).is_active);
  EXPECT_EQ(ok(run(stores.plugin_reader.versions(first.id))).size(), 2u);
}

TEST_F(RemotePluginsTest, a_folder_of_another_database_is_refused_with_what_to_do) {
  api->answer("GET /api/v1/plugins/tool", 200,
              R"({"name": "tool", "version": "1.0.0", "command": ["./tool"], "package": "sha256:00", "version_id": 99})");
  const auto found = find("tool");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(found.error().message.contains("share one PostgreSQL database")) << found.error().message;
}

TEST_F(RemotePluginsTest, an_answer_counts_for_a_second) {
  api->answer("GET /api/v1/plugins/shout", 200, std::string(contract_only));
  api->answer("GET /api/v1/plugins/gone", 404, R"({"detail": "Plugin not found"})");
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(find("shout"));
    EXPECT_EQ(find("gone").error().code, ErrorCode::not_found);
  }
  EXPECT_EQ(questions(), 2u);
  plugins.forget();
  EXPECT_TRUE(find("shout"));
  EXPECT_EQ(questions(), 3u);
}

TEST_F(RemotePluginsTest, while_it_is_away_its_last_word_counts_for_five_minutes) {
  api->answer("GET /api/v1/plugins/shout", 200, std::string(contract_only));
  ok(find("shout"));
  go_away();
  stores.clock.advance(4min);
  EXPECT_TRUE(find("shout"));
  const auto never_heard_of = find("other");
  ASSERT_FALSE(never_heard_of);
  EXPECT_EQ(never_heard_of.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(never_heard_of.error().message.contains(client.url())) << never_heard_of.error().message;
  stores.clock.advance(1min);
  EXPECT_EQ(find("shout").error().code, ErrorCode::unavailable);
  EXPECT_EQ(times("the plugin registry is away"), 1);
}

TEST_F(RemotePluginsTest, while_it_is_away_it_is_asked_once_a_second_whatever_is_wanted) {
  for (const std::string name : {"shout", "cry"}) {
    api->answer("GET /api/v1/plugins/" + name, 200, replaced(contract_only, "shout", name));
    ok(find(name));
    api->answer("GET /api/v1/plugins/" + name, 500, "{}");
  }
  stores.clock.advance(1s);
  find("shout");  // away from now on
  stores.clock.advance(1s);
  const std::size_t asked = api->seen().size();
  for (int i = 0; i < 5; ++i)
    for (const char* name : {"shout", "cry"}) EXPECT_TRUE(find(name)) << name;
  EXPECT_EQ(api->seen().size(), asked + 1);
}

TEST_F(RemotePluginsTest, while_it_is_away_whoever_else_asks_it_is_told_at_once_but_for_one_a_second) {
  EXPECT_FALSE(plugins.refusal());
  const Result<HttpReply> silence = fail(ErrorCode::unavailable, "it does not answer");
  plugins.heard(silence);
  EXPECT_EQ(times("the plugin registry is away"), 1);
  EXPECT_EQ(plugins.refusal()->message, "it does not answer");
  EXPECT_EQ(find("shout").error().message, "it does not answer");
  EXPECT_EQ(questions(), 0u);
  stores.clock.advance(1s);
  EXPECT_FALSE(plugins.refusal()) << "this one looks";
  EXPECT_TRUE(plugins.refusal()) << "and may take as long as a time-out";
  plugins.heard(HttpReply{.status = 503, .headers = {}, .body = {}});
  EXPECT_TRUE(plugins.refusal());
  stores.clock.advance(1s);
  EXPECT_FALSE(plugins.refusal());
  plugins.heard(HttpReply{.status = 200, .headers = {}, .body = {}});
  EXPECT_FALSE(plugins.refusal());
  EXPECT_EQ(times("the plugin registry is back"), 1);
}

TEST_F(RemotePluginsTest, a_fault_of_the_registry_is_not_taken_for_an_answer) {
  api->answer("GET /api/v1/plugins/shout", 200, std::string(contract_only));
  ok(find("shout"));
  const struct {
    int status;
    std::string body;
  } faults[] = {{500, "{}"}, {200, "no JSON"}, {200, "[]"}, {200, R"({"name": 1})"}, {401, R"({"detail": "no"})"}};
  for (const auto& [status, body] : faults) {
    api->answer("GET /api/v1/plugins/shout", status, body);
    api->answer("GET /api/v1/plugins/new", status, body);
    stores.clock.advance(2s);
    EXPECT_TRUE(find("shout"));
    stores.clock.advance(2s);
    EXPECT_TRUE(find("shout")) << status << body;
    EXPECT_EQ(find("new").error().code, ErrorCode::unavailable) << status << body;
  }
}

TEST_F(RemotePluginsTest, readiness_tells_that_it_is_away_and_that_it_is_back) {
  api->answer("GET /health", 503, "{}");
  EXPECT_TRUE(ok(run(plugins.check())).starts_with("away for 0 s"));
  stores.clock.advance(7s);
  EXPECT_TRUE(ok(run(plugins.check())).starts_with("away for 7 s"));
  api->answer("GET /health", 200, R"({"status": "healthy"})");
  run(plugins.check());
  EXPECT_TRUE(ok(run(plugins.check())).ends_with("answers"));
  EXPECT_EQ(times("the plugin registry is back"), 1);
}

}  // namespace
}  // namespace orc
