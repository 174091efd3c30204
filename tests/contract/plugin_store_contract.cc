#include <algorithm>

#include "tests/contract/store_fixture.h"

namespace orc {

// What every PluginStore and PluginReader must do. The fixture has one plugin, "echo" 1.0.0.
class PluginStoreContract : public StoreContract {
 protected:
  // One in which no field has its default.
  static PluginSpec full_spec() {
    ContentHash package;
    package.bytes.fill(0x3C);
    return {.docker_image_url = std::nullopt,
            .command = {"python3", "-I", "main.py", "", "\xC3\xA4"},
            .package = package,
            .input_schema = "{ \"type\":\"object\" }\n",
            .output_schema = "true",
            .limits = {.timeout = std::chrono::seconds{7},
                       .grace = std::chrono::seconds{0},
                       .queue = std::chrono::seconds{90},
                       .memory_mb = 33,
                       .cpus = 0.25,
                       .pids = 5,
                       .output_kb = 9,
                       .scratch_mb = 0},
            .retry = {.attempts_max = 3, .backoff = {std::chrono::milliseconds{1}, std::chrono::milliseconds{2500}}},
            .env = {{"A", "1"}, {"B", "x=y\n"}},
            .mode = PluginMode::warm,
            .warm = {.processes_max = 2,
                     .in_flight = 3,
                     .start = std::chrono::seconds{4},
                     .idle = std::chrono::seconds{5},
                     .requests_max = 6,
                     .share = WarmShare::all,
                     .files_out = true},
            .resources = {.cpus = 1.5, .memory_mb = 20, .gpus = 2, .custom = {{"licence", 3}}},
            .isolation = Isolation::container,
            .worker_labels = {{"zone", "a"}},
            .network = NetworkAccess::host};
  }

  std::vector<std::string> versions_of(PluginId id) {
    std::vector<std::string> words;
    for (const PluginVersion& version : ok(db.plugin_reader.versions(id))) words.push_back(version.version);
    return words;
  }
};

using std::chrono_literals::operator""s;

TEST_F(PluginStoreContract, a_plugin_is_read_back_as_it_was_given) {
  db.clock.advance(5s);
  const Plugin made = ok(db.plugins.add({.name = "full", .version = "10.20.30", .description = "all of it", .spec = full_spec()}));
  for (const Plugin& read : {made, ok(db.plugin_reader.by_name("full")), ok(db.plugin_reader.by_id(made.id))}) {
    EXPECT_EQ(read.id, made.id);
    EXPECT_EQ(read.name, "full");
    EXPECT_TRUE(read.is_active);
    EXPECT_EQ(read.created_at, start + 5s);
    EXPECT_EQ(read.current.id, made.current.id);
    EXPECT_EQ(read.current.plugin, made.id);
    EXPECT_EQ(read.current.name, "full");
    EXPECT_EQ(read.current.version, "10.20.30");
    EXPECT_EQ(read.current.description, "all of it");
    EXPECT_EQ(read.current.spec, full_spec());
    EXPECT_EQ(read.current.created_at, start + 5s);
  }
  EXPECT_EQ(ok(db.plugin_reader.version(made.current.id)).spec, full_spec());
}

TEST_F(PluginStoreContract, an_image_plugin_keeps_what_it_has_not) {
  PluginSpec image;
  image.docker_image_url = "registry.example.org/echo:1";
  const Plugin made = ok(db.plugins.add({.name = "image", .version = "1.0.0", .description = "", .spec = image}));
  EXPECT_EQ(ok(db.plugin_reader.by_id(made.id)).current.spec, image);
}

TEST_F(PluginStoreContract, a_name_belongs_to_one_plugin) {
  EXPECT_EQ(code_of(db.plugins.add({.name = "echo", .version = "2.0.0", .description = "", .spec = spec()})), ErrorCode::conflict);
  EXPECT_EQ(versions_of(plugin.id), std::vector<std::string>{"1.0.0"});
}

TEST_F(PluginStoreContract, an_unknown_plugin_is_not_found) {
  const PluginId unknown{999'999};
  EXPECT_EQ(error_of(db.plugin_reader.by_name("nothing")), (Error{ErrorCode::not_found, "Plugin not found"}));
  EXPECT_EQ(error_of(db.plugin_reader.by_id(unknown)), (Error{ErrorCode::not_found, "Plugin not found"}));
  EXPECT_EQ(code_of(db.plugin_reader.version(PluginVersionId{999'999})), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.plugin_reader.versions(unknown)), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.plugins.change(unknown, {.version = "2.0.0"})), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.plugins.make_current(unknown, plugin.current.id)), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.plugins.erase(unknown)), ErrorCode::not_found);
}

TEST_F(PluginStoreContract, each_change_of_what_runs_adds_a_version_and_makes_it_current) {
  PluginSpec other = spec();
  other.limits.memory_mb = 1024;
  const std::pair<const char*, PluginChange> changes[] = {{"version", {.version = "1.1.0"}},
                                                          {"description", {.description = "says it twice"}},
                                                          {"spec", {.spec = other}},
                                                          {"all", {.version = "2.0.0", .description = "new", .spec = spec()}}};
  PluginVersion last = plugin.current;
  for (const auto& [what, change] : changes) {
    SCOPED_TRACE(what);
    db.clock.advance(1s);
    const Plugin changed = ok(db.plugins.change(plugin.id, change));
    EXPECT_GT(changed.current.id, last.id);
    EXPECT_EQ(changed.current.version, change.version.value_or(last.version));
    EXPECT_EQ(changed.current.description, change.description.value_or(last.description));
    EXPECT_EQ(changed.current.spec, change.spec.value_or(last.spec));
    EXPECT_EQ(changed.current.created_at, db.clock.now());
    EXPECT_EQ(changed.created_at, start);
    EXPECT_EQ(ok(db.plugin_reader.by_name("echo")).current.id, changed.current.id);
    last = changed.current;
  }
  EXPECT_EQ(versions_of(plugin.id), (std::vector<std::string>{"2.0.0", "1.1.0", "1.1.0", "1.1.0", "1.0.0"}));
  EXPECT_EQ(ok(db.plugin_reader.version(plugin.current.id)).spec, spec()) << "an old version changes no more";
}

TEST_F(PluginStoreContract, a_change_that_leaves_everything_as_it_is_adds_nothing) {
  const PluginChange idle[] = {
      {}, {.version = "1.0.0"}, {.version = "1.0.0", .description = "says it again", .spec = spec(), .is_active = true}};
  for (const PluginChange& change : idle) EXPECT_EQ(ok(db.plugins.change(plugin.id, change)).current.id, plugin.current.id);
  EXPECT_EQ(versions_of(plugin.id).size(), 1u);
}

TEST_F(PluginStoreContract, a_change_that_was_made_from_another_version_than_the_current_one_is_refused) {
  const PluginVersionId first = plugin.current.id;
  const Plugin second = ok(db.plugins.change(plugin.id, {.description = "by one", .based_on = first}));
  for (const PluginChange& late :
       {PluginChange{.version = "2.0.0", .is_active = false, .based_on = first}, PluginChange{.spec = full_spec(), .based_on = first},
        PluginChange{.is_active = false, .based_on = PluginVersionId{999'999}}})
    EXPECT_EQ(code_of(db.plugins.change(plugin.id, late)), ErrorCode::conflict);
  const Plugin unchanged = ok(db.plugin_reader.by_id(plugin.id));
  EXPECT_EQ(unchanged.current.id, second.current.id);
  EXPECT_TRUE(unchanged.is_active);
  EXPECT_EQ(ok(db.plugins.change(plugin.id, {.version = "2.0.0", .based_on = second.current.id})).current.description, "by one");
}

TEST_F(PluginStoreContract, of_many_changes_made_from_one_version_at_once_one_is_kept) {
  std::vector<boost::asio::awaitable<Result<Plugin>>> at_once;
  for (int i = 0; i < 10; ++i)
    at_once.push_back(db.plugins.change(plugin.id, {.description = "change " + std::to_string(i), .based_on = plugin.current.id}));
  int kept = 0;
  for (const auto& answer : run_all(std::move(at_once))) {
    kept += answer.has_value();
    EXPECT_TRUE(answer || answer.error().code == ErrorCode::conflict);
  }
  EXPECT_EQ(kept, 1);
  EXPECT_EQ(versions_of(plugin.id).size(), 2u);
}

TEST_F(PluginStoreContract, switching_off_and_on_adds_no_version) {
  EXPECT_FALSE(ok(db.plugins.change(plugin.id, {.is_active = false})).is_active);
  EXPECT_FALSE(ok(db.plugin_reader.by_name("echo")).is_active);
  EXPECT_TRUE(ok(db.plugins.change(plugin.id, {.is_active = true})).is_active);
  EXPECT_EQ(versions_of(plugin.id).size(), 1u);
  const Plugin both = ok(db.plugins.change(plugin.id, {.version = "1.1.0", .is_active = false}));
  EXPECT_FALSE(both.is_active);
  EXPECT_EQ(both.current.version, "1.1.0");
}

TEST_F(PluginStoreContract, an_earlier_version_can_be_current_again) {
  const Plugin second = ok(db.plugins.change(plugin.id, {.version = "2.0.0"}));
  const Plugin back = ok(db.plugins.make_current(plugin.id, plugin.current.id));
  EXPECT_EQ(back.current.id, plugin.current.id);
  EXPECT_EQ(ok(db.plugin_reader.by_id(plugin.id)).current.version, "1.0.0");
  EXPECT_EQ(versions_of(plugin.id), (std::vector<std::string>{"2.0.0", "1.0.0"}));
  const Plugin third = ok(db.plugins.change(plugin.id, {.description = "from the first"}));
  EXPECT_EQ(third.current.version, "1.0.0");
  EXPECT_GT(third.current.id, second.current.id);
}

TEST_F(PluginStoreContract, only_a_version_of_its_own_can_be_current) {
  const Plugin other = add_plugin("other");
  EXPECT_EQ(code_of(db.plugins.make_current(plugin.id, other.current.id)), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.plugins.make_current(plugin.id, PluginVersionId{999'999})), ErrorCode::not_found);
  EXPECT_EQ(ok(db.plugin_reader.by_id(plugin.id)).current.id, plugin.current.id);
}

TEST_F(PluginStoreContract, plugins_are_listed_by_rising_id_and_found_by_a_part_of_their_name) {
  for (const char* name : {"alpha", "beta-echo", "a-b", "echo-2"}) add_plugin(name);
  const std::pair<const char*, std::vector<std::string>> cases[] = {{"", {"echo", "alpha", "beta-echo", "a-b", "echo-2"}},
                                                                    {"echo", {"echo", "beta-echo", "echo-2"}},
                                                                    {"a-", {"beta-echo", "a-b"}},
                                                                    {"ECHO", {}},
                                                                    {"%", {}},
                                                                    {"e_ho", {}},
                                                                    {"*", {}},
                                                                    {"'", {}}};
  for (const auto& [part, expected] : cases) {
    const PluginPage page = ok(db.plugin_reader.list(part, {}));
    EXPECT_EQ(page.total, std::ssize(expected)) << part;
    std::vector<std::string> names;
    for (const Plugin& item : page.items) names.push_back(item.name);
    EXPECT_EQ(names, expected) << part;
  }
  const PluginPage page = ok(db.plugin_reader.list("echo", {.skip = 1, .limit = 1}));
  EXPECT_EQ(page.total, 3);
  ASSERT_EQ(page.items.size(), 1u);
  EXPECT_EQ(page.items[0].name, "beta-echo");
  EXPECT_EQ(page.items[0].current.spec, spec());
}

TEST_F(PluginStoreContract, the_queued_jobs_of_an_erased_plugin_fail_with_a_sentence_and_the_others_go_on) {
  const Plugin other = add_plugin("other");
  const JobId completed = job_in(JobStatus::completed);
  const ClaimedJob processing = running();
  const auto queued = submit_all({job(), job()});
  const JobId of_other = submit(job_for(other));
  db.clock.advance(5s);

  ok(db.plugins.erase(plugin.id));
  EXPECT_EQ(end_orphans(), queued);
  for (const JobId id : queued) {
    const Job read = get(id);
    EXPECT_EQ(read.status, JobStatus::failed);
    EXPECT_EQ(read.completed_at, start + 5s);
    ASSERT_TRUE(read.error_message);
    EXPECT_TRUE(read.error_message->contains("echo")) << *read.error_message;
    EXPECT_EQ(read.plugin_name, "echo");
    EXPECT_EQ(read.plugin_version, "1.0.0");
  }
  EXPECT_EQ(get(completed).status, JobStatus::completed);
  EXPECT_EQ(get(of_other).status, JobStatus::queued);
  EXPECT_EQ(finish(success(processing)), JobStatus::completed);
  EXPECT_EQ(ok(db.reader.counts({})), (JobCounts{1, 0, 2, 2, 0}));
  EXPECT_EQ(ok(db.reader.dead_letters({})).total, 0);
}

TEST_F(PluginStoreContract, the_version_of_a_job_is_readable_after_its_plugin_went) {
  const ClaimedJob claimed = running();
  ok(db.plugins.change(plugin.id, {.version = "2.0.0"}));
  ok(db.plugins.erase(plugin.id));
  const PluginVersion version = ok(db.plugin_reader.version(claimed.version));
  EXPECT_EQ(version.name, "echo");
  EXPECT_EQ(version.version, "1.0.0");
  EXPECT_EQ(version.spec, spec());
  EXPECT_EQ(code_of(db.plugin_reader.by_name("echo")), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.plugin_reader.by_id(plugin.id)), ErrorCode::not_found);
  EXPECT_EQ(ok(db.plugin_reader.list("", {})).total, 0);
}

TEST_F(PluginStoreContract, the_name_of_an_erased_plugin_is_free_again) {
  submit(job());
  ok(db.plugins.erase(plugin.id));
  const Plugin again = add_plugin("echo", "3.0.0");
  EXPECT_GT(again.id, plugin.id);
  EXPECT_GT(again.current.id, plugin.current.id);
  EXPECT_EQ(versions_of(again.id), std::vector<std::string>{"3.0.0"});
  EXPECT_EQ(ok(db.reader.list({.plugin_name = "echo"}, {})).total, 1) << "old jobs keep the name";
}

TEST_F(PluginStoreContract, one_name_added_by_many_at_once_makes_one_plugin) {
  std::vector<boost::asio::awaitable<Result<Plugin>>> at_once;
  for (int i = 0; i < 10; ++i) at_once.push_back(db.plugins.add({.name = "new", .version = "1.0.0", .description = "", .spec = spec()}));
  int added = 0;
  for (const auto& answer : run_all(std::move(at_once))) added += answer.has_value();
  EXPECT_EQ(added, 1);
}

}  // namespace orc
