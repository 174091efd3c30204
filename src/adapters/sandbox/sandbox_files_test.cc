#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>

#include "adapters/sandbox/testing/sandbox_test.h"

namespace orc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Files are kept alike at every level.
class SandboxFilesTest : public SandboxTest, public testing::WithParamInterface<Isolation> {
 protected:
  void SetUp() override {
    level_ = GetParam();
    SandboxTest::SetUp();
  }

  // Python in the output folder; `put` makes a file.
  PluginRun python(const std::string& script) {
    const std::string beginning =
        "import os, signal, sys\nos.chdir(os.environ['ORC_OUTPUT_DIR'])\ndef put(name, text): open(name, 'w').write(text)\n";
    PluginRun run = plugin({});
    run.version.spec.command = {"/usr/bin/python3", "-I", "-S", "-c", beginning + script, marker_};
    return run;
  }

  // "name=bytes" of each.
  std::vector<std::string> files_of(const PluginOutcome& outcome) {
    std::vector<std::string> files;
    for (const Artifact& artifact : outcome.artifacts) {
      std::string bytes;
      boost::asio::co_spawn(
          *io_, [&]() -> boost::asio::awaitable<void> { bytes = (co_await blobs_.get(artifact.hash)).value(); }, [](std::exception_ptr) {});
      io_->run();
      io_->restart();
      EXPECT_EQ(artifact.bytes, std::ssize(bytes));
      files.push_back(artifact.name + "=" + bytes);
    }
    return files;
  }
};

INSTANTIATE_TEST_SUITE_P(Levels, SandboxFilesTest, testing::Values(Isolation::strict, Isolation::container, Isolation::none),
                         [](const auto& level) { return std::string(to_word(level.param)); });

TEST_P(SandboxFilesTest, what_stands_in_the_output_folder_is_kept) {
  const PluginOutcome outcome = run(python("put('b.txt', 'one'); put('empty', ''); put('Ü \"<2>', 'x'); print('{}')"));
  EXPECT_EQ(outcome.how, AttemptOutcome::succeeded) << outcome.message;
  EXPECT_THAT(files_of(outcome), ElementsAre("b.txt=one", "empty=", "Ü __2_=x"));
  ASSERT_EQ(outcome.log.size(), 1U);
  EXPECT_EQ(outcome.log[0].text, R"(of ORC_OUTPUT_DIR, "Ü \"<2>" is kept as Ü __2_)");
  EXPECT_EQ(outcome.usage.bytes_out, 3 + 4);
  EXPECT_EQ(outcome.usage.bytes_in, 8);
  EXPECT_GT(outcome.usage.wall.count(), 0);
}

TEST_P(SandboxFilesTest, a_large_file_is_kept_byte_for_byte) {
  const auto files = files_of(run(python("put('large', 'a' * 5000000); print('{}')")));
  ASSERT_EQ(files.size(), 1U);
  EXPECT_TRUE(files[0] == "large=" + std::string(5'000'000, 'a'));
}

TEST_P(SandboxFilesTest, a_failure_and_a_time_out_leave_files) {
  EXPECT_THAT(files_of(run(python("put('reason', 'why'); sys.exit(3)"))), ElementsAre("reason=why"));
  PluginRun slow = python("put('reason', 'why'); signal.pause()");
  slow.timeout = std::chrono::seconds(1);
  slow.version.spec.limits.grace = std::chrono::seconds(0);
  const PluginOutcome late = run(slow);
  EXPECT_EQ(late.how, AttemptOutcome::timed_out);
  EXPECT_THAT(files_of(late), ElementsAre("reason=why"));
}

// Attack P7: what is left there may be anything; nothing of the host can come of it.
TEST_P(SandboxFilesTest, only_regular_files_are_looked_at) {
  const PluginOutcome outcome =
      run(python("os.symlink('/etc/passwd', 'link'); os.symlink('/proc/1/environ', 'environ'); os.mkdir('folder')\n"
                 "put('folder/x', 'x'); put('secret', 'x'); os.chmod('secret', 0)\n"
                 "put('real', 'real'); os.link('real', 'hard'); os.symlink('real', 'soft'); print('{}')"));
  EXPECT_THAT(files_of(outcome), ElementsAre("hard=real", "real=real"));
  ASSERT_EQ(outcome.log.size(), 1U);
  EXPECT_THAT(outcome.log[0].text, HasSubstr("5 entries of ORC_OUTPUT_DIR were not kept"));
}

TEST_P(SandboxFilesTest, the_output_folder_itself_cannot_be_another) {
  const PluginOutcome outcome =
      run(python("folder = os.getcwd()\nos.chdir('/')\n"
                 "for act in (lambda: os.rmdir(folder), lambda: os.rename(folder, folder + 'x'), lambda: os.symlink('/etc', folder)):\n"
                 "  try: act()\n"
                 "  except OSError: pass\n"
                 "print('{}')"));
  EXPECT_EQ(outcome.how, AttemptOutcome::succeeded) << outcome.message;
  EXPECT_THAT(files_of(outcome), IsEmpty());
}

TEST_P(SandboxFilesTest, files_are_bounded_in_number_and_size) {
  const PluginOutcome counted = run(python("for i in range(150): put(str(i), '')\nprint('{}')"));
  EXPECT_EQ(counted.artifacts.size(), artifacts_max);
  EXPECT_THAT(counted.log.at(0).text, HasSubstr("50 entries"));

  PluginRun sparse =
      python("for name, size in zip('abcdefg', (64, 65, 60, 60, 60, 60, 60)): open(name, 'w').truncate(size << 20)\nprint('{}')");
  sparse.version.spec.limits.scratch_mb = 100;
  const PluginOutcome large = run(sparse);
  std::int64_t total = 0;
  for (const Artifact& artifact : large.artifacts) total += artifact.bytes;
  EXPECT_LE(total, artifacts_bytes_max);
  EXPECT_THAT(large.log.at(0).text, HasSubstr("3 entries"));
}

TEST_P(SandboxFilesTest, a_store_that_is_away_gives_the_run_another_try) {
  run(plugin({"say", "{}"}));  // the package is there from now on
  state_.faults.blobs_fail = true;
  const PluginOutcome outcome = run(python("put('x', 'x'); print('{}')"));
  EXPECT_EQ(outcome.how, AttemptOutcome::not_started);
  EXPECT_THAT(outcome.message, HasSubstr("could not be kept"));
}

}  // namespace
}  // namespace orc
