#include "adapters/docker/docker_cluster.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <mutex>

#include "adapters/docker/testing/stub_engine.h"
#include "adapters/system/system_clock.h"
#include "tests/fakes/fake_credentials.h"
#include "tests/fakes/memory_blobs.h"
#include "tests/fakes/recording_event_log.h"

namespace orc {
namespace {

using Answer = StubEngine::Answer;

constexpr auto info =
    R"({"MemoryLimit":true,"PidsLimit":true,"CpuCfsQuota":true,"SwapLimit":true,"NCPU":2,"SecurityOptions":["name=seccomp,profile=default"],"ServerVersion":"20.10"})";
constexpr auto image = R"({"Id":"sha256:11","RepoDigests":["app@sha256:22"],"Config":{"Entrypoint":["/run"]}})";
constexpr auto ended = R"({"State":{"Running":false,"OOMKilled":false,"ExitCode":0}})";

std::string piece(char stream, std::string_view text) {
  std::string bytes{stream, 0, 0, 0, 0, 0, 0, static_cast<char>(text.size())};
  return bytes += text;
}

Answer stream(const std::string& bytes) { return {.bytes = "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n" + bytes}; }

// A cluster at a stub that answers as a good engine does, but where a test says otherwise: the first of `answers` whose key is a part of
// the request's first line.
class DockerClusterTest : public testing::Test {
 protected:
  std::map<std::string, Answer> answers_;
  std::mutex mutex_;  // of both tables, where they change between requests
  std::map<std::string, Answer> good_ = {
      {"GET /_ping", StubEngine::json(200, "OK", "Api-Version: 1.41\r\n")},
      {"/info", StubEngine::json(200, info)},
      {"/images/docker.io/library/app:1/json", StubEngine::json(200, image)},
      {"POST /v1.41/containers/create", StubEngine::json(201, R"({"Id":"abc"})")},
      {"/attach?", stream(piece(2, "to the log\n") + piece(1, "{\"n\":1}"))},
      {"/start", {.bytes = "HTTP/1.1 204 No Content\r\n\r\n"}},
      {"/wait", StubEngine::json(200, R"({"StatusCode":0})")},
      {"/stats?", StubEngine::json(200, R"({"cpu_stats":{"cpu_usage":{"total_usage":5000000}},"memory_stats":{"max_usage":77}})"
                                        "\n")},
      {"-7-3/json", StubEngine::json(200, ended)},
      {"DELETE", {.bytes = "HTTP/1.1 204 No Content\r\n\r\n"}},
      {"/containers/json", StubEngine::json(200, "[]")},
  };
  std::function<void(const std::string& line)> meanwhile_ = [](const std::string&) {};  // before each answer, on the stub's thread
  StubEngine stub_{[this](const std::string& request) {
    const std::string line = request.substr(0, request.find(" HTTP/"));
    meanwhile_(line);
    const std::lock_guard lock(mutex_);
    for (const auto* table : {&answers_, &good_})
      for (const auto& [part, answer] : *table)
        if (line.contains(part)) return answer;
    return StubEngine::json(404, R"({"message":"no such thing"})");
  }};

  SystemClock clock_;
  MemoryState state_{clock_};
  FakeDigest digest_;
  MemoryBlobStore blobs_{state_, digest_};
  RecordingEventLog log_;
  boost::asio::io_context io_{1};
  DockerCluster cluster_{io_.get_executor(), {.socket = stub_.socket(), .owner = "0123456789abcdef"}, blobs_, log_, clock_};

  template <typename T>
  T wait_for(boost::asio::awaitable<T> task) {
    std::optional<T> outcome;
    boost::asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& thrown, T result) {
      if (thrown) std::rethrow_exception(thrown);
      outcome = std::move(result);
    });
    io_.restart();
    io_.run();
    return std::move(*outcome);
  }

  // Two at once, of the jobs 7 and 8.
  std::vector<PluginOutcome> run_two(DockerCluster& cluster) {
    std::vector<PluginOutcome> outcomes;
    for (const int job : {7, 8})
      boost::asio::co_spawn(io_, cluster.run(image_run(job)), [&](const std::exception_ptr& thrown, PluginOutcome outcome) {
        if (thrown) std::rethrow_exception(thrown);
        outcomes.push_back(std::move(outcome));
      });
    io_.restart();
    io_.run_for(std::chrono::seconds(20));
    return outcomes;
  }

  static PluginRun image_run(int job) {
    PluginRun run{.job = JobId{job}, .fence = Fence{3}, .version = {}, .input = R"({"n": 1})"};
    run.version.spec.docker_image_url = "app:1";
    return run;
  }

  PluginOutcome run(const std::string& reference = "app:1") {
    PluginRun run{.job = JobId{7}, .fence = Fence{3}, .version = {}, .input = R"({"n": 1})"};
    run.version.spec.docker_image_url = reference;
    return wait_for(cluster_.run(std::move(run)));
  }

  std::ptrdiff_t count(std::string_view part) const {
    return std::ranges::count_if(stub_.requests(), [&](const std::string& request) { return request.contains(part); });
  }
};

TEST_F(DockerClusterTest, a_run_gives_the_output_the_log_and_what_was_used_and_is_removed) {
  const PluginOutcome outcome = run();
  EXPECT_EQ(outcome.how, AttemptOutcome::succeeded) << outcome.message;
  EXPECT_EQ(outcome.output, "{\"n\":1}");
  ASSERT_EQ(outcome.log.size(), 1U);
  EXPECT_EQ(outcome.log[0].text, "to the log");
  EXPECT_EQ(outcome.isolation, Isolation::strict);
  EXPECT_EQ(outcome.image, "sha256:22") << "its manifest's, as a registry names it";
  EXPECT_EQ(stub_.requests().back(), "DELETE /v1.41/containers/orc-0123456789ab-7-3?force=1&v=1");
}

TEST_F(DockerClusterTest, whatever_fails_ends_the_run_in_a_sentence_and_the_container_is_removed) {
  struct Case {
    const char* where;
    Answer answer;
    AttemptOutcome how;
    const char* says;
  };
  const Answer refused = StubEngine::json(400, R"({"message":"no such program"})");
  const Answer away = {.bytes = ""};
  const Case cases[] = {
      {"/containers/create", refused, AttemptOutcome::refused, "Docker says: no such program"},
      {"/containers/create", away, AttemptOutcome::not_started, "broke off"},
      {"/attach?", refused, AttemptOutcome::refused, "no such program"},
      {"/attach?", stream("no pieces, this is"), AttemptOutcome::not_started, "not the output of a container"},
      {"/attach?", stream(piece(1, "{\"n\":1}").substr(0, 10)), AttemptOutcome::not_started, "broke off"},
      {"/start", refused, AttemptOutcome::refused, "no such program"},
      {"/start", away, AttemptOutcome::not_started, "broke off"},
      {"/wait", away, AttemptOutcome::not_started, "broke off"},
      {"-7-3/json", StubEngine::json(200, "{}"), AttemptOutcome::not_started, "none of its answers"},
      {"-7-3/json", StubEngine::json(200, R"({"State":{"Running":false,"OOMKilled":true,"ExitCode":137}})"), AttemptOutcome::out_of_memory,
       "limits.memory_mb"},
      {"-7-3/json", StubEngine::json(200, R"({"State":{"Running":false,"OOMKilled":false,"ExitCode":65}})"), AttemptOutcome::failed,
       "to the log"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.where + std::string(": ") + one.answer.bytes);
    answers_ = {{one.where, one.answer}};
    const auto removed_before = count("DELETE");
    const PluginOutcome outcome = run();
    EXPECT_EQ(outcome.how, one.how);
    EXPECT_TRUE(outcome.message.contains(one.says)) << outcome.message;
    EXPECT_EQ(count("DELETE"), removed_before + 1);
  }
}

TEST_F(DockerClusterTest, a_container_that_could_not_be_removed_is_removed_with_the_next_run) {
  answers_ = {{"DELETE", StubEngine::json(500, R"({"message":"busy"})")}};
  EXPECT_EQ(run().how, AttemptOutcome::succeeded);
  EXPECT_TRUE(log_.holds("a container stays until Docker answers"));
  answers_.clear();
  run();
  EXPECT_EQ(count("DELETE"), 3);
}

TEST_F(DockerClusterTest, an_image_that_is_no_reference_is_refused_before_anything_is_sent) {
  for (const std::string reference :
       {"--privileged", "-v /:/h x", "x;id", "Upper/Case", "../x", "a?b=c", "a:1\r\nX: y", "", "x@sha256:1"}) {
    const PluginOutcome outcome = run(reference);
    EXPECT_EQ(outcome.how, AttemptOutcome::refused) << reference;
    EXPECT_TRUE(outcome.message.contains("is no image reference")) << outcome.message;
  }
  EXPECT_EQ(count("images") + count("containers"), 0);
  EXPECT_EQ(run(std::string(2048, 'x')).how, AttemptOutcome::refused);
}

TEST_F(DockerClusterTest, a_network_that_the_worker_does_not_give_is_refused_before_anything_is_sent) {
  PluginRun networked = image_run(7);
  networked.version.spec.network = NetworkAccess::host;
  const PluginOutcome outcome = wait_for(cluster_.run(networked));
  EXPECT_EQ(outcome.how, AttemptOutcome::refused);
  EXPECT_TRUE(outcome.message.contains("asks for network host, which this worker does not give")) << outcome.message;
  EXPECT_EQ(count("containers"), 0);
  DockerCluster giving(io_.get_executor(), {.socket = stub_.socket(), .network = NetworkAccess::host, .owner = "0123456789abcdef"}, blobs_,
                       log_, clock_);
  EXPECT_EQ(wait_for(giving.run(networked)).how, AttemptOutcome::succeeded);
}

TEST_F(DockerClusterTest, an_engine_without_seccomp_does_not_give_the_host_s_network) {
  std::string unguarded = info;
  unguarded.replace(unguarded.find(R"("name=seccomp,profile=default")"), std::strlen(R"("name=seccomp,profile=default")"), "");
  answers_ = {{"/info", StubEngine::json(200, unguarded)}};
  DockerCluster giving(
      io_.get_executor(),
      {.socket = stub_.socket(), .isolation_least = Isolation::none, .network = NetworkAccess::host, .owner = "0123456789abcdef"}, blobs_,
      log_, clock_);
  PluginRun networked = image_run(7);
  networked.version.spec.network = NetworkAccess::host;
  const PluginOutcome outcome = wait_for(giving.run(networked));
  EXPECT_EQ(outcome.how, AttemptOutcome::refused);
  EXPECT_TRUE(outcome.message.contains("with a seccomp profile only")) << outcome.message;
  EXPECT_EQ(count("containers/create"), 0);
  EXPECT_EQ(wait_for(giving.run(image_run(7))).how, AttemptOutcome::succeeded) << "without it";
}

TEST_F(DockerClusterTest, an_engine_that_gives_less_than_the_least_isolation_is_refused_at_the_start) {
  std::string unguarded = info;
  unguarded.replace(unguarded.find(R"("name=seccomp,profile=default")"), std::strlen(R"("name=seccomp,profile=default")"), "");
  answers_ = {{"/info", StubEngine::json(200, unguarded)}};
  for (const auto& [least, starts] : {std::pair(Isolation::strict, false), std::pair(Isolation::container, true)}) {
    DockerCluster cluster(io_.get_executor(), {.socket = stub_.socket(), .isolation_least = least, .owner = "0123456789abcdef"}, blobs_,
                          log_, clock_);
    const auto started = wait_for(cluster.start());
    EXPECT_EQ(started.has_value(), starts);
    if (!started) EXPECT_TRUE(started.error().message.contains("say --isolation container")) << started.error().message;
  }
}

TEST_F(DockerClusterTest, an_image_that_cannot_be_pulled_is_refused_in_the_engine_s_words_with_what_it_said_in_the_log) {
  answers_ = {{"/images/create?fromImage=docker.io%2Flibrary%2Fother%3A1",
               StubEngine::json(200, "{\"status\":\"Pulling from other\"}\n{\"error\":\"manifest unknown\"}\n")}};
  const PluginOutcome outcome = run("other:1");
  EXPECT_EQ(outcome.how, AttemptOutcome::refused);
  EXPECT_TRUE(outcome.message.contains("manifest unknown")) << outcome.message;
  ASSERT_EQ(outcome.log.size(), 2U);
  EXPECT_EQ(outcome.log[0].text, "pulling docker.io/library/other:1");
  EXPECT_EQ(outcome.log[1].n, 2);
}

TEST_F(DockerClusterTest, a_registry_that_is_away_is_no_fault_of_the_run_and_an_image_that_nobody_has_is) {
  struct Case {
    int status;
    const char* engine_says;
    AttemptOutcome how;
    const char* says;
  };
  const Case cases[] = {
      {500, R"({"message":"Get \"http://r/v2/\": dial tcp 127.0.0.1:1: connect: connection refused"})", AttemptOutcome::not_started,
       "the image docker.io/library/other:1 could not be pulled now: Docker says: Get"},
      {429, R"({"message":"toomanyrequests: later"})", AttemptOutcome::not_started, "could not be pulled now"},
      {404, R"({"message":"manifest for other:1 not found: manifest unknown"})", AttemptOutcome::refused,
       "there is no image docker.io/library/other:1: Docker says: manifest"},
      {500, R"({"message":"unauthorized: authentication required"})", AttemptOutcome::refused, "pull it at the engine beforehand"},
  };
  for (const Case& one : cases) {
    answers_ = {{"/images/create", StubEngine::json(one.status, one.engine_says)}};
    const PluginOutcome outcome = run("other:1");
    EXPECT_EQ(outcome.how, one.how) << one.engine_says;
    EXPECT_TRUE(outcome.message.contains(one.says)) << outcome.message;
  }
}

TEST_F(DockerClusterTest, what_somebody_else_removed_meanwhile_gives_the_run_another_try) {
  const std::pair<const char*, const char*> cases[] = {{"/containers/create", "No such image: sha256:11"},
                                                       {"/start", "No such container: orc-7"}};
  for (const auto& [where, says] : cases) {
    answers_ = {{where, StubEngine::json(404, R"({"message":")" + std::string(says) + "\"}")}};
    EXPECT_EQ(run().how, AttemptOutcome::not_started) << where;
  }
}

TEST_F(DockerClusterTest, what_its_predecessors_left_is_removed_at_the_start) {
  int listed = 0;
  StubEngine engine([&](const std::string& request) {
    if (request.contains("/containers/json")) return StubEngine::json(200, listed++ == 0 ? R"([{"Id":"aa"},{"Id":"bb"}])" : "[]");
    for (const auto& [part, answer] : good_)
      if (request.contains(part)) return answer;
    return StubEngine::json(404, "{}");
  });
  DockerCluster cluster(io_.get_executor(), {.socket = engine.socket(), .owner = "0123"}, blobs_, log_, clock_);
  const auto started = wait_for(cluster.start());
  ASSERT_TRUE(started) << started.error().message;
  const auto requests = engine.requests();
  EXPECT_EQ(std::ranges::count(requests, "DELETE /v1.41/containers/aa?force=1&v=1"), 1);
  EXPECT_EQ(std::ranges::count(requests, "DELETE /v1.41/containers/bb?force=1&v=1"), 1);
  EXPECT_TRUE(std::ranges::any_of(
      requests, [](const auto& line) { return line.contains("filters=%7B%22label%22%3A%5B%22orc.worker%3D0123%22%5D%7D"); }));
}

// The guard of a worker that was killed is at work while its successor starts.
TEST_F(DockerClusterTest, what_somebody_else_removes_at_the_same_time_is_waited_for_and_told_once) {
  int listed = 0;
  StubEngine engine([&](const std::string& request) {
    if (request.contains("/containers/json")) return StubEngine::json(200, listed++ < 3 ? R"([{"Id":"aa"},{"Id":"bb"}])" : "[]");
    if (request.contains("/containers/aa?")) return StubEngine::json(404, R"({"message":"No such container: aa"})");
    if (request.contains("/containers/bb?"))
      return StubEngine::json(409, R"({"message":"removal of container bb is already in progress"})");
    for (const auto& [part, answer] : good_)
      if (request.contains(part)) return answer;
    return StubEngine::json(404, "{}");
  });
  DockerCluster cluster(io_.get_executor(), {.socket = engine.socket(), .owner = "0123"}, blobs_, log_, clock_);
  const auto started = wait_for(cluster.start());
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(std::ranges::count_if(log_.lines, [](const auto& line) { return line.contains("of an earlier run of this worker removed"); }),
            1);
}

TEST_F(DockerClusterTest, an_engine_that_is_away_starts_no_run_and_says_so) {
  DockerCluster cluster(io_.get_executor(), {.socket = "/nonexistent/docker.sock", .owner = "0123"}, blobs_, log_, clock_);
  EXPECT_EQ(wait_for(cluster.start()).error().code, ErrorCode::unavailable);
  PluginRun run{.job = JobId{7}, .fence = Fence{3}, .version = {}};
  run.version.spec.docker_image_url = "app:1";
  const PluginOutcome outcome = wait_for(cluster.run(std::move(run)));
  EXPECT_EQ(outcome.how, AttemptOutcome::not_started);
  EXPECT_TRUE(outcome.message.contains("/nonexistent/docker.sock cannot be reached")) << outcome.message;
}

TEST_F(DockerClusterTest, a_run_that_is_cancelled_while_the_engine_is_asked_what_it_is_is_not_begun) {
  meanwhile_ = [this](const std::string& line) {
    if (line.contains("/info")) cluster_.cancel(JobId{7}, Fence{3});
  };
  const PluginOutcome outcome = run();
  EXPECT_EQ(outcome.how, AttemptOutcome::cancelled);
  EXPECT_EQ(outcome.message, "cancelled before it ran");
  EXPECT_EQ(count("/containers/create"), 0);
}

TEST_F(DockerClusterTest, a_pull_ends_when_its_run_is_cancelled_or_the_worker_stops) {
  answers_ = {{"/images/create", {.bytes = "HTTP/1.1 200 OK\r\n\r\n", .then = Answer::Then::stall}}};
  for (const auto expected : {AttemptOutcome::cancelled, AttemptOutcome::given_back}) {
    boost::asio::steady_timer timer(io_, std::chrono::milliseconds(100));
    timer.async_wait([&](boost::system::error_code) {
      if (expected == AttemptOutcome::cancelled) return cluster_.cancel(JobId{7}, Fence{3});
      cluster_.request_stop();
    });
    EXPECT_EQ(run("other:1").how, expected);
  }
  EXPECT_EQ(run().message, "the worker stops");
}

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8) text += static_cast<char>(value & 0xFF);  // this host's order, on all that we build for
  return text;
}

// What our process in a container writes (launch/inside.h).
std::string frame(char kind, const std::string& bytes) {
  return number(static_cast<unsigned char>(kind), 4) + number(bytes.size(), 4) + bytes;
}
const std::string framed_output = frame('o', R"({"n":1})");
const std::string framed_end =
    frame('e', std::string(32, '\0')) + frame('c', "") + "b" + std::string(8, '\0') + std::string(8, '\xFF') + number(4096, 8);

// An engine that sees our first process for containers, which the stub plays.
class DockerLauncherTest : public DockerClusterTest {
 protected:
  DockerLauncherTest() { become_good(); }

  // The answer to a container of no image says that its file was seen.
  void become_good() {
    const std::lock_guard lock(mutex_);
    answers_ = {{"/attach?", stream(piece(1, framed_output) + piece(1, framed_end))},
                {"/containers/create?name=", StubEngine::json(201, R"({"Id":"abc"})")},
                {"-8-3/json", StubEngine::json(200, ended)},
                {"containers/create", StubEngine::json(404, R"({"message":"No such image"})")}};
  }

  DockerCluster launching_{
      io_.get_executor(), {.socket = stub_.socket(), .owner = "0123456789abcdef", .launcher = "/bin/true"}, blobs_, log_, clock_};
};

TEST_F(DockerLauncherTest, an_engine_that_was_away_is_known_as_a_whole_before_any_run_uses_it) {
  answers_["/wait"] = {.bytes = ""};
  EXPECT_EQ(wait_for(launching_.run(image_run(7))).how, AttemptOutcome::not_started);
  become_good();
  const auto asked_before = count("GET /_ping");
  for (const PluginOutcome& outcome : run_two(launching_)) {
    EXPECT_EQ(outcome.how, AttemptOutcome::succeeded) << outcome.message;
    EXPECT_EQ(outcome.output, R"({"n":1})") << "its first process is ours";
  }
  EXPECT_EQ(count("GET /_ping"), asked_before + 1) << "once for both";
}

TEST_F(DockerLauncherTest, an_engine_that_cannot_say_whether_it_sees_our_file_is_asked_again) {
  answers_["containers/create"] = {.bytes = ""};
  EXPECT_EQ(wait_for(launching_.run(image_run(7))).how, AttemptOutcome::not_started);
  become_good();
  EXPECT_EQ(wait_for(launching_.run(image_run(7))).output, R"({"n":1})");
}

TEST_F(DockerLauncherTest, an_examination_that_throws_leaves_nobody_waiting_for_it) {
  struct BrokenLog final : EventLog {
    void write(LogLevel, std::string_view, std::initializer_list<LogField>) override { throw std::bad_alloc(); }
  } log;
  DockerCluster cluster{
      io_.get_executor(), {.socket = stub_.socket(), .owner = "0123456789abcdef", .launcher = "/bin/true"}, blobs_, log, clock_};
  answers_["containers/create"] = StubEngine::json(201, R"({"Id":"abc"})");  // which it warns of
  const auto outcomes = run_two(cluster);
  ASSERT_EQ(outcomes.size(), 2U);
  for (const PluginOutcome& outcome : outcomes) EXPECT_EQ(outcome.how, AttemptOutcome::not_started) << outcome.message;
  become_good();
  EXPECT_EQ(wait_for(cluster.run(image_run(7))).output, R"({"n":1})");
}

TEST_F(DockerLauncherTest, a_probe_does_not_make_an_engine_known_by_half) {
  ASSERT_TRUE(wait_for(launching_.check()));
  EXPECT_EQ(wait_for(launching_.run(image_run(7))).output, R"({"n":1})");
}

TEST_F(DockerLauncherTest, an_output_without_its_end_is_no_success) {
  answers_["/attach?"] = stream(piece(1, framed_output));
  const PluginOutcome outcome = wait_for(launching_.run(image_run(7)));
  EXPECT_EQ(outcome.how, AttemptOutcome::not_started);
  EXPECT_TRUE(outcome.message.contains("before its end was told")) << outcome.message;
}

}  // namespace
}  // namespace orc
