#include "adapters/docker/container_guard.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "adapters/docker/testing/stub_engine.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

// An engine that answers each removal with the next of the statuses that were put down for that container, and then with 204.
class ContainerGuardTest : public testing::Test {
 protected:
  StubEngine::Answer answer(const std::string& request) {
    const std::lock_guard lock(mutex_);
    const std::string name = request.substr(0, request.find('?')).substr(std::string("DELETE /containers/").size());
    auto& left = statuses_[name];
    const int status = left.empty() ? 204 : left.front();
    if (!left.empty()) left.erase(left.begin());
    return {.bytes = status == 0 ? std::string() : "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: 0\r\n\r\n"};
  }

  std::ptrdiff_t asked(const std::string& name) const {
    return std::ranges::count(engine_.requests(), "DELETE /containers/" + name + "?force=1&v=1");
  }

  using Statuses = std::map<std::string, std::vector<int>>;
  void put_down(const Statuses& statuses) {
    const std::lock_guard lock(mutex_);
    statuses_ = statuses;
  }

  std::unique_ptr<ContainerGuard> started() {
    const std::set<pid_t> before = children();
    auto guard = ContainerGuard::start(ORC_LAUNCHER, engine_.socket());
    EXPECT_TRUE(guard) << guard.error().message;
    for (const pid_t child : children())
      if (!before.contains(child)) guard_ = child;
    EXPECT_GT(guard_, 0);
    return std::move(*guard);
  }

  // -1: it was waited for already.
  int exit_code_of_guard() const {
    int status = -1;
    return waitpid(guard_, &status, 0) > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  // A sanitizer may have one of its own.
  static std::set<pid_t> children() {
    std::ifstream file("/proc/self/task/" + std::to_string(getpid()) + "/children");
    return {std::istream_iterator<pid_t>(file), {}};
  }

  pid_t guard_ = -1;
  std::mutex mutex_;
  Statuses statuses_;
  StubEngine engine_{[this](const std::string& request) { return answer(request); }};
};

TEST_F(ContainerGuardTest, what_is_watched_when_the_worker_ends_is_removed_and_nothing_else) {
  auto guard = started();
  for (const char* name : {"orc-1", "orc-2", "orc-3"}) ASSERT_TRUE(guard->watch(name));
  guard->forget("orc-2");
  EXPECT_TRUE(engine_.requests().empty()) << "while the worker lives nothing happens";
  guard.reset();
  EXPECT_EQ(exit_code_of_guard(), 0);
  EXPECT_EQ(asked("orc-1"), 1);
  EXPECT_EQ(asked("orc-2"), 0);
  EXPECT_EQ(asked("orc-3"), 1);
}

TEST_F(ContainerGuardTest, it_asks_again_where_the_engine_is_away_busy_or_has_not_made_the_container_yet) {
  const Statuses planned = {{"orc-away", {0, 0}}, {"orc-busy", {500, 409}}, {"orc-later", {404, 404}}};
  put_down(planned);
  auto guard = started();
  for (const auto& [name, statuses] : planned) ASSERT_TRUE(guard->watch(name));
  guard.reset();
  EXPECT_EQ(exit_code_of_guard(), 0);
  for (const char* name : {"orc-away", "orc-busy", "orc-later"}) EXPECT_EQ(asked(name), 3) << name;
}

TEST_F(ContainerGuardTest, more_than_are_asked_for_at_once_are_all_removed) {
  auto guard = started();
  for (int i = 0; i < 150; ++i) ASSERT_TRUE(guard->watch("orc-" + std::to_string(i)));
  guard.reset();
  EXPECT_EQ(exit_code_of_guard(), 0);
  for (int i = 0; i < 150; ++i) EXPECT_EQ(asked("orc-" + std::to_string(i)), 1) << i;
}

TEST_F(ContainerGuardTest, those_that_nobody_made_do_not_keep_the_rest_from_being_asked_for) {
  Statuses planned;
  for (int i = 0; i < 80; ++i) planned["orc-a" + std::to_string(i)] = std::vector<int>(3, 404);
  put_down(planned);
  auto guard = started();
  for (const auto& [name, statuses] : planned) ASSERT_TRUE(guard->watch(name));
  ASSERT_TRUE(guard->watch("orc-z"));
  guard.reset();
  EXPECT_EQ(exit_code_of_guard(), 0);
  const auto requests = engine_.requests();
  const auto last = std::ranges::find_if(requests, [](const std::string& request) { return request.contains("orc-z?"); });
  EXPECT_LT(last - requests.begin(), 2 * 64) << "in the second round";
}

TEST_F(ContainerGuardTest, with_nothing_to_remove_it_ends_with_its_worker) {
  auto guard = started();
  ASSERT_TRUE(guard->watch("orc-1"));
  guard->forget("orc-1");
  guard.reset();  // waits
  EXPECT_EQ(exit_code_of_guard(), -1);
  EXPECT_TRUE(engine_.requests().empty());
}

}  // namespace
}  // namespace orc
