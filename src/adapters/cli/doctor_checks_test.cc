#include "adapters/cli/doctor_checks.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace orc {
namespace {

using Verdict = Finding::Verdict;

TEST(DoctorChecks, each_check_says_what_it_found) {
  const auto here = std::filesystem::temp_directory_path();
  for (const auto& finding : {check_space(here), check_sync(here), check_descriptors(), check_clock()}) {
    EXPECT_FALSE(finding.found.empty()) << finding.subject;
    EXPECT_EQ(finding.verdict == Verdict::ok, finding.advice.empty()) << finding.subject;
  }
}

TEST(DoctorChecks, a_data_directory_that_is_not_there_yet_is_judged_by_the_folder_above) {
  const auto missing = std::filesystem::temp_directory_path() / "orc-not-there" / "deeper";
  EXPECT_NE(check_space(missing).verdict, Verdict::bad);
  EXPECT_NE(check_sync(missing).verdict, Verdict::bad);
  EXPECT_FALSE(std::filesystem::exists(missing));
}

TEST(DoctorChecks, what_is_missing_comes_with_advice) {
  const auto launcher = check_launcher("/nowhere/orc-launch");
  EXPECT_EQ(launcher.verdict, Verdict::bad);
  EXPECT_FALSE(launcher.advice.empty());
  EXPECT_EQ(check_launcher("").verdict, Verdict::bad);
  EXPECT_EQ(check_launcher("/bin/sh").verdict, Verdict::ok);
  const auto docker = check_docker("/nowhere/docker.sock");
  EXPECT_EQ(docker.verdict, Verdict::warn);
  EXPECT_FALSE(docker.advice.empty());
  EXPECT_EQ(check_docker(std::string(300, 'x')).verdict, Verdict::warn);
  EXPECT_EQ(check_sync("/proc").verdict, Verdict::bad);
}

TEST(DoctorChecks, a_model_server_that_is_named_is_asked) {
  EXPECT_EQ(check_model_server("", "").verdict, Verdict::ok);
  EXPECT_EQ(check_model_server("models.example.org", "").verdict, Verdict::bad);
  EXPECT_EQ(check_model_server("https://models.example.org", "/nowhere.pem").verdict, Verdict::bad);
  const auto away = check_model_server("http://127.0.0.1:1", "");
  EXPECT_EQ(away.verdict, Verdict::warn);
  EXPECT_FALSE(away.advice.empty());
}

}  // namespace
}  // namespace orc
