#include <fstream>
#include <gmock/gmock.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/sandbox/cgroup_files.h"
#include "adapters/sandbox/testing/sandbox_test.h"
#include "adapters/system/file_descriptor.h"

namespace orc {
namespace {

using testing::HasSubstr;
using testing::Not;

class SandboxIsolationTest : public SandboxTest {};

TEST_F(SandboxIsolationTest, a_file_of_root_alone_cannot_be_read_though_it_is_bound_into_the_sandbox) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make a file that the service may read and its sandboxes must not";
  output_of({"say", "{}"});
  std::ofstream(package_folder() / "secret") << "of root alone";
  ASSERT_EQ(chmod((package_folder() / "secret").c_str(), 0600), 0);
  EXPECT_EQ(output_of({"show", "/plugin/secret"}), "EACCES");
  ASSERT_EQ(chmod((package_folder() / "secret").c_str(), 0644), 0);
  EXPECT_EQ(output_of({"show", "/plugin/secret"}), "of root alone");
}

TEST_F(SandboxIsolationTest, a_plugin_is_not_root_as_the_host_sees_it_and_holds_no_privilege) {
  std::string uids;
  PluginRun waiting = plugin({"end-on-term"});
  const JobId job = waiting.job;
  std::vector<PluginRun> runs;
  runs.push_back(std::move(waiting));
  run_all(std::move(runs), [&] {
    const auto processes = plugin_processes();
    if (processes.empty()) return false;
    std::istringstream status(read_kernel_file("/proc/" + std::to_string(processes.front()) + "/status"));
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("Uid:") || line.starts_with("Groups:")) uids += line;
    cluster_->cancel(job, Fence{7});
    return true;
  });
  const std::string id = std::to_string(geteuid() == 0 ? settings_.uids.first + 1 : geteuid());
  EXPECT_THAT(uids, HasSubstr("Uid:\t" + id + "\t" + id + "\t" + id + "\t" + id));
  EXPECT_THAT(uids, Not(HasSubstr("\t0")));

  const std::string status = output_of({"show", "/proc/self/status"});
  for (const char* line : {"CapInh:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000",
                           "CapBnd:\t0000000000000000", "CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"})
    EXPECT_THAT(status, HasSubstr(line));
}

TEST_F(SandboxIsolationTest, the_environment_is_the_allowed_list_and_the_plugins_own) {
  setenv("ORC_CANARY_SECRET", "must not be seen", 1);
  PluginRun order = plugin({"environment"});
  order.attempt = 3;
  order.version.spec.env = {{"MODEL", "small one"}, {"ORC_JOB_ID", "forged"}, {"LD_PRELOAD", "/plugin/absent.so"}};
  const PluginOutcome outcome = run(order);
  std::istringstream lines(outcome.output);
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) names.push_back(line.substr(0, line.find('=')));
  EXPECT_THAT(names, testing::ElementsAre("HOME", "LANG", "LD_PRELOAD", "MODEL", "ORC_ATTEMPT", "ORC_DEADLINE", "ORC_IDEMPOTENCY_KEY",
                                          "ORC_INPUT_DIR", "ORC_JOB_ID", "ORC_OUTPUT_DIR", "PATH", "PWD", "TMPDIR", "TRACEPARENT"));
  EXPECT_THAT(outcome.output, HasSubstr("ORC_JOB_ID=1\n"));
  EXPECT_THAT(outcome.output, HasSubstr("ORC_ATTEMPT=3\n"));
}

TEST_F(SandboxIsolationTest, the_root_is_read_only_and_holds_nothing_of_the_host_but_programs) {
  output_of({"say", "{}"});
  ASSERT_EQ(chmod(package_folder().c_str(), 0777), 0);
  EXPECT_EQ(output_of({"make", "/plugin/x"}), "make=EROFS\n") << "the mount holds, not the mode alone";
  for (const char* place : {"/x", "/usr/x", "/etc/x", "/plugin/x", "/dev/x", "/input/x", "/proc/x"})
    EXPECT_THAT(output_of({"make", place}), testing::AnyOf("make=EROFS\n", "make=EACCES\n", "make=ENOENT\n")) << place;
  for (const char* place : {"/tmp/x", "/output/x"}) EXPECT_EQ(output_of({"make", place}), "make=done\n") << place;
  EXPECT_EQ(output_of({"show", "/etc/shadow"}), "ENOENT");
  EXPECT_EQ(output_of({"show", "/proc/1/environ"}), "");
  for (const char* place : {"/var", "/home", "/root", "/run", "/sys", "/mnt"}) EXPECT_EQ(output_of({"list", place}), "ENOENT") << place;
  EXPECT_EQ(output_of({"list", folder_.string()}), "ENOENT");
  std::istringstream names(output_of({"list", "/"}));
  std::vector<std::string> others;
  for (std::string name; names >> name;)
    if (!name.starts_with("lib")) others.push_back(name);
  EXPECT_THAT(others, testing::ElementsAre("bin", "dev", "etc", "input", "output", "plugin", "proc", "sbin", "tmp", "usr"));
  EXPECT_EQ(output_of({"show", "/proc/sys/kernel/hostname"}), "plugin\n");
}

TEST_F(SandboxIsolationTest, every_namespace_is_its_own) {
  for (const char* kind : {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"}) {
    const auto of_host = std::filesystem::read_symlink(std::filesystem::path("/proc/self/ns") / kind).string();
    EXPECT_NE(output_of({"link", std::string("/proc/self/ns/") + kind}), of_host) << kind;
  }
}

}  // namespace
}  // namespace orc
