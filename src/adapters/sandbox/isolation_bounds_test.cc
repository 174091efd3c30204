// What bounds runs at every isolation level: processes, memory, and everything written, shown or hidden.

#include "adapters/sandbox/testing/isolation_test.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

TEST_P(IsolationTest, with_the_hosts_network_files_on_their_way_in_sockets_are_bounded) {
  if (level_ == Isolation::none) return;  // no filter: not promised
  settings_.network = NetworkAccess::host;
  start_cluster(settings_);
  const std::string folder = level_ == Isolation::strict ? "/tmp" : (folder_ / "sandbox/slots/1/scratch").string();
  PluginRun sender = plugin({"sent-files", folder});
  sender.version.spec.network = NetworkAccess::host;
  sender.version.spec.limits.scratch_mb = 8;
  sender.timeout = 5s;
  const PluginOutcome outcome = run(sender);
  if (level_ == Isolation::strict) {
    EXPECT_EQ(outcome.output, "8 ENOSPC");
  } else {
    EXPECT_EQ(outcome.how, AttemptOutcome::failed) << outcome.output;
    EXPECT_THAT(outcome.message, HasSubstr("limits.scratch_mb 8"));
  }
}

// Who has ended and is waited for by nobody is a process all the same.
TEST_P(IsolationTest, zombies_count_as_processes_and_none_is_left) {
  PluginRun careless = plugin({"zombies"});
  careless.version.spec.limits.pids = 20;
  const bool has_own_count = level_ == Isolation::strict || has_own_uid();
  EXPECT_THAT(run(careless).output, MatchesRegex(has_own_count ? "19 EAGAIN" : "[0-9]+ EAGAIN"));
  EXPECT_TRUE(plugin_processes().empty());
  EXPECT_EQ(output_of({"say", "{}"}), "{}");
}

TEST_P(IsolationTest, everything_that_is_written_is_bounded) {
  const bool has_own_root = level_ == Isolation::strict;
  const std::string slot = (folder_ / "sandbox/slots/1").string();
  for (const std::string& folder : {has_own_root ? "/tmp" : slot + "/scratch", has_own_root ? "/output" : slot + "/output"}) {
    for (const char* habit : {"files", "nameless-files", "hidden-nameless-files", "mapped-files"}) {
      PluginRun filler = plugin({habit, folder});
      filler.version.spec.limits.scratch_mb = 8;
      filler.timeout = 5s;
      const PluginOutcome outcome = run(filler);
      if (has_own_root) {
        EXPECT_EQ(outcome.output, "8 ENOSPC") << habit << " in " << folder;
      } else {
        EXPECT_EQ(outcome.how, AttemptOutcome::failed) << habit << " in " << folder;
        EXPECT_THAT(outcome.message, StartsWith("wrote more than limits.scratch_mb 8")) << habit << " in " << folder;
      }
    }
    PluginRun one_file = plugin({"fill", folder});
    one_file.version.spec.limits.scratch_mb = 2;
    EXPECT_THAT(run(one_file).output, MatchesRegex("2097152 E(NOSPC|FBIG)")) << folder;
  }
}

// In a socket on their way, or open in one thread of a process.
TEST_P(IsolationTest, files_that_nobody_could_count_are_bounded_or_refused) {
  if (level_ == Isolation::none) return;  // no filter: not promised
  const std::string folder = level_ == Isolation::strict ? "/tmp" : (folder_ / "sandbox/slots/1/scratch").string();
  for (const auto& [habit, refused] :
       {std::pair("sent-files", "0 EPERM"), std::pair("files-of-a-thread", "EPERM"), std::pair("files-of-a-parted-thread", "EPERM")}) {
    PluginRun filler = plugin({habit, folder});
    filler.version.spec.limits.scratch_mb = 8;
    filler.timeout = 5s;
    EXPECT_EQ(run(filler).output, level_ == Isolation::strict ? "8 ENOSPC" : refused) << habit;
  }
}

TEST_P(IsolationTest, programs_that_have_removed_themselves_count_as_what_they_are) {
  if (level_ == Isolation::strict) return;  // there they stay in their tmpfs
  const std::string scratch = (folder_ / "sandbox/slots/1/scratch").string();
  for (const auto& [habit, how] :
       {std::pair("executed-file", AttemptOutcome::timed_out), std::pair("executed-files", AttemptOutcome::failed)}) {
    PluginRun copier = plugin({habit, scratch});
    copier.version.spec.limits.scratch_mb = 8;
    copier.timeout = 5s;
    EXPECT_EQ(run(copier).how, how) << habit;
  }
}

TEST_P(IsolationTest, memory_that_hides_is_bounded) {
  PluginRun bomb = plugin({"memory-without-first-thread"});
  bomb.version.spec.limits.memory_mb = 64;
  bomb.timeout = 5s;
  EXPECT_EQ(run(bomb).how, AttemptOutcome::out_of_memory);
  for (const char* habit : {"hidden-memory-of-children", "hidden-memory-without-first-thread", "hidden-wait"}) {
    PluginRun hidden = plugin({habit});
    hidden.version.spec.limits.memory_mb = 64;
    hidden.timeout = 5s;
    const PluginOutcome outcome = run(hidden);
    if (level_ == Isolation::strict) {
      EXPECT_EQ(outcome.how, habit == std::string("hidden-wait") ? AttemptOutcome::timed_out : AttemptOutcome::out_of_memory) << habit;
    } else {
      EXPECT_THAT(outcome.how, testing::AnyOf(AttemptOutcome::out_of_memory, AttemptOutcome::failed)) << habit;
      EXPECT_THAT(outcome.message, testing::AnyOf(HasSubstr("out of memory"), HasSubstr("or hid them"))) << habit;
    }
  }
}

// Each takes up memory that its length does not tell. Bubblewrap bounds none: what it makes without root ends with the memory.
TEST_P(IsolationTest, a_million_files_are_bounded_where_they_are_memory) {
  if (level_ != Isolation::strict) return;  // elsewhere they are counted
  for (const char* folder : {"/tmp", "/dev/shm", "/output"}) {
    PluginRun maker = plugin({"many-files", folder});
    maker.version.spec.limits.memory_mb = 64;
    maker.timeout = 60s;
    const PluginOutcome outcome = run(maker);
    if (has_own_uid())
      EXPECT_THAT(outcome.output, MatchesRegex("1[0-9]{4} ENOSPC")) << folder << ": " << outcome.message;
    else
      EXPECT_EQ(outcome.how, AttemptOutcome::out_of_memory) << folder << ": " << outcome.output;
  }
  EXPECT_EQ(output_of({"say", "{}"}), "{}");
}

TEST_P(IsolationTest, more_files_or_deeper_folders_than_anybody_may_have_end_the_run) {
  if (level_ == Isolation::strict) return;  // there they are memory, which the cgroup counts
  const std::string scratch = (folder_ / "sandbox/slots/1/scratch").string();
  for (const char* habit : {"many-files", "deep-folders"}) {
    PluginRun maker = plugin({habit, scratch});
    maker.timeout = 60s;  // thirty thousand files, on a host that may be busy
    const PluginOutcome outcome = run(maker);
    EXPECT_EQ(outcome.how, AttemptOutcome::failed) << habit;
    EXPECT_THAT(outcome.message, HasSubstr("more files or deeper folders")) << habit;
  }
  EXPECT_EQ(output_of({"say", "{}"}), "{}");
}

TEST_P(IsolationTest, a_file_that_is_too_long_without_taking_space_is_refused) {
  const std::string place = level_ == Isolation::strict ? "/tmp" : (folder_ / "sandbox/slots/1/scratch").string();
  EXPECT_EQ(output_of({"sparse", place}), "sparse=EFBIG\n");
}

// In the moment of its exec a process shows itself to nobody.
TEST_P(IsolationTest, who_starts_programs_all_the_time_is_not_taken_for_one_who_hides) {
  const PluginOutcome outcome = run(plugin({"start-many"}));
  EXPECT_EQ(outcome.output, "300 started") << outcome.message;
}

}  // namespace
}  // namespace orc
