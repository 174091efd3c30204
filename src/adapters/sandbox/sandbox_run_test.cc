#include <boost/asio/co_spawn.hpp>
#include <fstream>
#include <gmock/gmock.h>

#include "adapters/sandbox/plugin_input.h"
#include "adapters/sandbox/testing/sandbox_test.h"

namespace orc {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct ExitCase {
  std::vector<std::string> words;
  int code;
  AttemptOutcome how;
  std::string message;
};

class SandboxRunTest : public SandboxTest {};

struct Ear final : RunObserver {
  void log_grew(std::span<const LogLine> lines) override { heard.insert(heard.end(), lines.begin(), lines.end()); }
  void progressed(const Progress& progress) override { told.push_back(progress); }
  std::vector<LogLine> heard;
  std::vector<Progress> told;
};

TEST_F(SandboxRunTest, an_exit_code_and_the_end_of_standard_error_are_the_message) {
  const ExitCase cases[] = {
      {{"exit", "0"}, 0, AttemptOutcome::succeeded, ""},
      {{"exit", "1"}, 1, AttemptOutcome::failed, "leaving with 1"},
      {{"exit", "65"}, 65, AttemptOutcome::failed, "leaving with 65"},
      {{"exit", "125"}, 125, AttemptOutcome::failed, "leaving with 125"},
      {{"kill-itself", "9"}, 137, AttemptOutcome::failed, "exit code 137 (SIGKILL), and nothing on standard error"},
      {{"kill-itself", "11"}, 139, AttemptOutcome::failed, "exit code 139 (SIGSEGV), and nothing on standard error"},
      {{"kill-itself", "6"}, 134, AttemptOutcome::failed, "exit code 134 (SIGABRT), and nothing on standard error"},
  };
  for (const ExitCase& one : cases) {
    const PluginOutcome outcome = run(plugin(one.words));
    EXPECT_EQ(outcome.how, one.how) << one.message;
    EXPECT_EQ(outcome.exit_code, one.code) << one.message;
    EXPECT_EQ(outcome.message, one.message);
    EXPECT_EQ(outcome.isolation, Isolation::strict);
  }
}

TEST_F(SandboxRunTest, a_command_that_is_not_there_fails_and_is_named) {
  PluginRun missing = plugin({});
  missing.version.spec.command = {"./absent"};
  const PluginOutcome outcome = run(missing);
  EXPECT_EQ(outcome.how, AttemptOutcome::failed);
  EXPECT_THAT(outcome.message, HasSubstr("./absent"));
}

TEST_F(SandboxRunTest, a_command_without_a_package_runs_in_an_empty_folder) {
  PluginRun bare = plugin({});
  bare.version.spec.package.reset();
  bare.version.spec.command = {"/usr/bin/python3", "-I", "-S", "-c", "import os; print(os.getcwd(), os.listdir())"};
  EXPECT_EQ(run(bare).output, "/plugin []\n");
}

TEST_F(SandboxRunTest, standard_output_is_the_output_byte_for_byte) { EXPECT_EQ(output_of({"say", "{\"a\": 0.87}\n"}), "{\"a\": 0.87}\n"); }

TEST_F(SandboxRunTest, standard_error_is_the_log_line_by_line) {
  const PluginOutcome outcome = run(plugin({"exit", "3"}));
  ASSERT_EQ(outcome.log.size(), 1U);
  EXPECT_EQ(outcome.log[0].text, "leaving with 3");
  EXPECT_EQ(outcome.log[0].n, 1);
  EXPECT_EQ(outcome.log[0].stream, LogStream::err);
  EXPECT_GT(outcome.log[0].t, timestamp_from_ms(0));
}

// Cancelled once its first line was heard, so that the test ends only if the log is told while the run goes on.
TEST_F(SandboxRunTest, the_log_is_heard_while_the_run_goes_on) {
  Ear ear;
  PluginRun talking = plugin({});
  talking.version.spec.command = {"/usr/bin/python3", "-I", "-S", "-c",
                                  "import signal, sys\nsys.stderr.write('one\\ntwo\\nthr')\nsys.stderr.flush()\nsignal.pause()"};
  talking.observer = &ear;
  const JobId job = talking.job;
  const Fence fence = talking.fence;
  std::vector<PluginRun> runs;
  runs.push_back(std::move(talking));
  const PluginOutcome outcome = std::move(run_all(std::move(runs), [&] {
                                            if (ear.heard.size() < 2) return false;
                                            cluster_->cancel(job, fence);
                                            return true;
                                          }).front());
  ASSERT_EQ(outcome.log.size(), 3U);
  EXPECT_EQ(outcome.log[2].text, "thr") << "an unfinished line is told at the end";
  EXPECT_EQ(ear.heard, std::vector(outcome.log.begin(), outcome.log.begin() + 2));
}

// Cancelled once its progress was heard, so that the test ends only if that is told while the run goes on.
TEST_F(SandboxRunTest, progress_on_descriptor_3_is_heard_while_the_run_goes_on) {
  Ear ear;
  PluginRun telling = plugin({});
  telling.version.spec.command = {
      "/usr/bin/python3", "-I", "-S", "-c",
      "import os, signal\nos.write(3, b'{\"progress\": 0.5, \"message\": \"half\"}\\nhalf\\n')\nsignal.pause()"};
  telling.observer = &ear;
  const JobId job = telling.job;
  std::vector<PluginRun> runs;
  runs.push_back(std::move(telling));
  const PluginOutcome outcome = std::move(run_all(std::move(runs), [&] {
                                            if (ear.told.empty()) return false;
                                            cluster_->cancel(job, Fence{7});
                                            return true;
                                          }).front());
  EXPECT_EQ(ear.told, (std::vector{Progress{.fraction = 0.5, .message = "half"}}));
  ASSERT_EQ(outcome.log.size(), 1U);
  EXPECT_THAT(outcome.log[0].text, StartsWith("1 lines on descriptor 3"));
}

TEST_F(SandboxRunTest, a_flood_of_progress_holds_up_nobody) {
  PluginRun flood = plugin({});
  flood.version.spec.command = {"/usr/bin/python3", "-I", "-S", "-c",
                                "import os\nfor i in range(20000): os.write(3, b'{\"progress\": 0.5}\\n' * 10)\nprint(1)"};
  EXPECT_EQ(run(flood).output, "1\n");
  PluginRun endless = plugin({});
  endless.version.spec.command = {"/usr/bin/python3", "-I", "-S", "-c", "import os\nwhile True: os.write(3, b'x' * 65536)"};
  endless.timeout = std::chrono::seconds(1);
  endless.version.spec.limits.grace = std::chrono::seconds(0);
  EXPECT_EQ(run(endless).how, AttemptOutcome::timed_out);
}

TEST_F(SandboxRunTest, usage_is_measured) {
  const PluginOutcome outcome = run(plugin({"say", "{}"}));
  EXPECT_GT(outcome.usage.peak_bytes, 100'000);
  EXPECT_LT(outcome.usage.peak_bytes, 100'000'000);
  PluginRun busy = plugin({"spin"});
  busy.timeout = std::chrono::seconds(1);
  busy.version.spec.limits.grace = std::chrono::seconds(0);
  const PluginOutcome spun = run(busy);
  EXPECT_EQ(spun.how, AttemptOutcome::timed_out);
  EXPECT_GT(spun.usage.cpu.count(), 50);  // of a second, on a machine that may be busy
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

TEST_F(SandboxRunTest, a_plugin_that_never_reads_its_input_makes_nobody_wait) {
  const PluginOutcome outcome = run(plugin({"say", "{}"}, std::string(8'000'000, ' ')));
  EXPECT_EQ(outcome.how, AttemptOutcome::succeeded);
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

TEST_F(SandboxRunTest, a_blob_that_is_gone_refuses_the_run) {
  const std::string input = R"({"$blob": "sha256:)" + std::string(64, 'a') + R"("})";
  EXPECT_EQ(run(plugin({"say", "{}"}, input)).how, AttemptOutcome::refused);
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
