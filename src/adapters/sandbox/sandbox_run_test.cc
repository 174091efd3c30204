#include <boost/asio/co_spawn.hpp>
#include <fstream>
#include <gmock/gmock.h>

#include "adapters/sandbox/plugin_input.h"
#include "adapters/sandbox/testing/sandbox_test.h"

namespace orc {
namespace {

using testing::HasSubstr;

class SandboxRunTest : public SandboxTest {};

TEST_F(SandboxRunTest, a_command_without_a_package_runs_in_an_empty_folder) {
  PluginRun bare = plugin({});
  bare.version.spec.package.reset();
  bare.version.spec.command = {"/usr/bin/python3", "-I", "-S", "-c", "import os; print(os.getcwd(), os.listdir())"};
  EXPECT_EQ(run(bare).output, "/plugin []\n");
}

TEST_F(SandboxRunTest, lines_of_the_log_are_numbered_and_have_a_time) {
  const PluginOutcome outcome = run(plugin({"exit", "3"}));
  ASSERT_EQ(outcome.log.size(), 1U);
  EXPECT_EQ(outcome.log[0].text, "leaving with 3");
  EXPECT_EQ(outcome.log[0].n, 1);
  EXPECT_EQ(outcome.log[0].stream, LogStream::err);
  EXPECT_GT(outcome.log[0].t, timestamp_from_ms(0));
}

TEST_F(SandboxRunTest, a_flood_of_progress_holds_up_nobody) {
  PluginRun flood = plugin({});
  flood.timeout = std::chrono::seconds(120);  // it is read a little at a time, on a machine that may be busy
  flood.version.spec.command = {"/usr/bin/python3", "-I", "-S", "-c",
                                "import os\nfor i in range(4000): os.write(3, b'{\"progress\": 0.5}\\n' * 10)\nprint(1)"};
  EXPECT_EQ(run(flood).output, "1\n");
  PluginRun endless = plugin({});
  endless.version.spec.command = {"/usr/bin/python3", "-I", "-S", "-c", "import os\nwhile True: os.write(3, b'x' * 65536)"};
  endless.timeout = std::chrono::seconds(1);
  endless.version.spec.limits.grace = std::chrono::seconds(0);
  EXPECT_EQ(run(endless).how, AttemptOutcome::timed_out);
}

TEST_F(SandboxRunTest, the_input_is_the_last_argument_and_standard_input_alike) {
  const std::string odd[] = {"{}", R"({"a": "' \" $(id) `id` \n -x ; | & \\ é"})", "-", "--help", "[1,\n2]"};
  for (const std::string& input : odd) {
    const PluginOutcome outcome = run(plugin({"compare"}, input));
    EXPECT_EQ(outcome.output, "equal " + std::to_string(input.size())) << input << outcome.message;
  }
}

TEST_F(SandboxRunTest, an_input_too_long_for_an_argument_is_on_standard_input_alone) {
  const PluginOutcome longest = run(plugin({"compare"}, std::string(argument_bytes_max, ' ')));
  EXPECT_EQ(longest.output, "equal 131071") << longest.message;
  // Arguments: program, mode, marker.
  const PluginOutcome longer = run(plugin({"count"}, std::string(argument_bytes_max + 1, ' ')));
  EXPECT_EQ(longer.output, "3 131072") << longer.message;
  const PluginOutcome much_longer = run(plugin({"count"}, std::string(8'000'000, ' ')));
  EXPECT_EQ(much_longer.output, "3 8000000") << much_longer.message;
}

TEST_F(SandboxRunTest, the_input_cannot_be_written) { EXPECT_EQ(output_of({"write-input"}), "-1"); }

TEST_F(SandboxRunTest, closing_the_output_early_is_no_failure) { EXPECT_EQ(output_of({"close-output"}), "early"); }

TEST_F(SandboxRunTest, a_blob_in_the_input_becomes_a_file) {
  ContentHash hash;
  boost::asio::co_spawn(
      *io_, [&]() -> boost::asio::awaitable<void> { hash = (co_await blobs_.put("the bytes of the blob")).value(); },
      [](std::exception_ptr) {});
  io_->run();
  io_->restart();
  const std::string input = R"({"f": {"$blob": "sha256:)" + to_hex(hash) + R"("}, "x": 1.50})";
  const PluginOutcome outcome = run(plugin({"show", "/input/" + to_hex(hash)}, input));
  EXPECT_EQ(outcome.output, "the bytes of the blob");
  const PluginOutcome as_given = run(plugin({"show", "/dev/stdin"}, input));
  EXPECT_EQ(as_given.output, R"({"f": "/input/)" + to_hex(hash) + R"(", "x": 1.50})");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "sandbox" / "slots" / "0" / "input"));
  EXPECT_EQ(run(plugin({"list", "/input"})).output, "");
}

// The root of an image with one program, as adapters/image/image_store.h leaves it.
std::filesystem::path make_image_root(const std::filesystem::path& root) {
  for (const char* folder : {"proc", "tmp", "input", "output", "dev", "app"}) std::filesystem::create_directories(root / folder);
  for (const char* file : {"null", "zero", "full", "random", "urandom"}) std::ofstream(root / "dev" / file);
  std::filesystem::copy_file(ORC_TEST_PLUGIN, root / "run");
  return root;
}

TEST_F(SandboxRunTest, an_image_runs_in_its_own_root_with_its_own_environment_and_is_in_use_meanwhile) {
  RunImage image{.root = make_image_root(folder_ / "image"),
                 .digest = "sha256:1",
                 .program = {"/run"},
                 .environment = {{"MODE", "of the image"}, {"HOME", "/app"}},
                 .working_folder = "/app",
                 .in_use = std::make_shared<int>(0)};
  std::string asked_for;
  settings_.use_image = [&](const std::string& reference) -> Result<RunImage> {
    asked_for = reference;
    return image;
  };
  start_cluster(settings_);
  const auto output = [&](std::vector<std::string> words, const std::string& input) {
    PluginRun order = plugin({}, input);
    order.version.spec.package.reset();
    order.version.spec.command.clear();
    order.version.spec.docker_image_url = "app:1";
    image.program = {"/run"};
    image.program.insert(image.program.end(), words.begin(), words.end());
    const PluginOutcome outcome = run(order);
    EXPECT_EQ(outcome.how, AttemptOutcome::succeeded) << outcome.message;
    EXPECT_EQ(outcome.image, "sha256:1");
    return outcome.output;
  };
  EXPECT_EQ(output({"list", "/"}, "{}"), "app dev input output proc run tmp ");
  EXPECT_EQ(asked_for, "app:1");
  EXPECT_EQ(output({"compare"}, R"({"n": 1})"), "equal 8");
  EXPECT_EQ(output({"link", "/proc/self/cwd"}, "{}"), "/app");
  EXPECT_EQ(output({"make", "/app/x"}, "{}"), "make=EROFS\n");
  EXPECT_EQ(output({"make", "/tmp/x"}, "{}"), "make=done\n");
  EXPECT_THAT(output({"environment"}, "{}"),
              testing::AllOf(HasSubstr("MODE=of the image"), HasSubstr("HOME=/app"), HasSubstr("ORC_JOB_ID=")));
  EXPECT_EQ(image.in_use.use_count(), 1);
}

TEST_F(SandboxRunTest, an_image_that_is_not_here_is_refused_with_what_would_help) {
  settings_.use_image = [](const std::string& reference) -> Result<RunImage> {
    return fail(ErrorCode::not_found, "the image " + reference + " is not here: orc image import it");
  };
  start_cluster(settings_);
  PluginRun image = plugin({});
  image.version.spec.package.reset();
  image.version.spec.docker_image_url = "registry.example/one:1";
  const PluginOutcome outcome = run(image);
  EXPECT_EQ(outcome.how, AttemptOutcome::refused);
  EXPECT_THAT(outcome.message, HasSubstr("orc image import"));
}

TEST_F(SandboxRunTest, an_image_is_refused_by_a_worker_that_keeps_none_whatever_its_isolation) {
  start_cluster(settings_);
  PluginRun image = plugin({});
  image.version.spec.package.reset();
  image.version.spec.docker_image_url = "registry.example/one:1";
  const PluginOutcome outcome = run(image);
  EXPECT_EQ(outcome.how, AttemptOutcome::refused);
  EXPECT_THAT(outcome.message, testing::AllOf(HasSubstr("registry.example/one:1"), HasSubstr("it runs folders only")));
  EXPECT_THAT(outcome.message, testing::Not(HasSubstr("isolation")));
}

TEST_F(SandboxRunTest, the_shipped_examples_answer_as_the_contract_says) {
  struct Example {
    std::string name;
    std::string input;
    std::optional<int> exit_code;
    std::string part;
  };
  const Example examples[] = {
      {"example-classifier", R"({"features": [1.0, 2.0, 6.0]})", 0, R"("prediction": "class_A", "confidence": 0.95)"},
      {"example-classifier", R"({"features": [2.0]})", 0, R"("prediction": "class_B", "confidence": 0.87)"},
      {"example-classifier", R"({"features": []})", 1, "eatures"},
      {"example-processor", R"({"data": [1, 2, 3]})", 0, R"("operation": "sum", "result": 6)"},
      {"example-processor", R"({"data": [1, 2, 6], "operation": "average"})", 0, R"("result": 3.0)"},
      {"example-processor", R"({"data": [1, 2, 6], "operation": "max"})", 0, R"("result": 6)"},
      {"example-processor", R"({"data": [1, 2, 6], "operation": "min"})", 0, R"("result": 1)"},
      {"example-processor", R"({"data": []})", 1, "ata"},
  };
  run(plugin({"say", "{}"}));
  for (const Example& example : examples) {
    std::filesystem::copy(std::filesystem::path(ORC_PLUGINS) / example.name, package_folder(),
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    PluginRun shipped = plugin({}, example.input);
    shipped.version.spec.command = {"/usr/bin/python3", "-E", "-s", "-S", "-B", "main.py"};
    const PluginOutcome outcome = run(shipped);
    EXPECT_EQ(outcome.exit_code, example.exit_code) << outcome.message;
    EXPECT_THAT(outcome.output + outcome.message, HasSubstr(example.part)) << example.name;
  }
}

}  // namespace
}  // namespace orc
