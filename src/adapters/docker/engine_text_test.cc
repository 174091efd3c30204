// What is read from an engine and what is written to it, without one.
#include <gtest/gtest.h>

#include "adapters/docker/container_order.h"
#include "adapters/docker/container_state.h"
#include "adapters/docker/engine_words.h"
#include "adapters/docker/input_archive.h"
#include "adapters/docker/multiplexed_stream.h"
#include "adapters/docker/pull_progress.h"
#include "adapters/json/json_document.h"

namespace orc {
namespace {

std::string piece(char stream, std::string_view text) {
  std::string bytes{stream, 0, 0, 0, 0, 0, 0, static_cast<char>(text.size())};
  return bytes += text;
}

TEST(MultiplexedStream, parts_the_outputs_however_the_bytes_come) {
  const std::string bytes = piece(1, "{\"a\"") + piece(2, "log\n") + piece(1, "") + piece(1, ":1}");
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    std::string out, err;
    MultiplexedStream stream([&](LogStream which, std::string_view text) { (which == LogStream::out ? out : err) += text; });
    for (std::size_t at = 0; at < bytes.size(); at += step) ASSERT_TRUE(stream.add(std::string_view(bytes).substr(at, step)));
    EXPECT_EQ(out, "{\"a\":1}");
    EXPECT_EQ(err, "log\n");
    EXPECT_TRUE(stream.is_between_pieces());
  }
}

TEST(MultiplexedStream, refuses_what_is_no_header_and_knows_a_piece_that_breaks_off) {
  for (const std::string& bytes : {std::string("HTTP/1.1 200 OK"), piece(3, "x"), std::string("\1\1\0\0\0\0\0\1x", 9)}) {
    MultiplexedStream stream([](LogStream, std::string_view) {});
    EXPECT_FALSE(stream.add(bytes));
  }
  MultiplexedStream stream([](LogStream, std::string_view) {});
  ASSERT_TRUE(stream.add(piece(1, "abc").substr(0, 10)));
  EXPECT_FALSE(stream.is_between_pieces());
}

TEST(PullProgress, tells_what_changes_and_each_quarter_of_a_layer) {
  PullProgress progress;
  std::string said = R"({"status":"Pulling from app","id":"1"})"
                     "\r\n"
                     R"({"status":"Pulling fs layer","progressDetail":{},"id":"aa"})"
                     "\r\n";
  for (int done = 0; done <= 8; ++done)
    said += R"({"status":"Downloading","progressDetail":{"current":)" + std::to_string(done * 1'000'000) +
            R"(,"total":8000000},"id":"aa"})"
            "\n";
  said += R"({"status":"Status: Downloaded newer image"})"
          "\n";
  std::vector<std::string> told;
  for (const char c : said) ASSERT_TRUE(progress.add({&c, 1}, [&](const std::string& line) { told.push_back(line); }));
  const std::vector<std::string> expected = {
      "1: Pulling from app",           "aa: Pulling fs layer",          "aa: Downloading 0.0 of 8.0 MB", "aa: Downloading 2.0 of 8.0 MB",
      "aa: Downloading 4.0 of 8.0 MB", "aa: Downloading 6.0 of 8.0 MB", "aa: Downloading 8.0 of 8.0 MB", "Status: Downloaded newer image"};
  EXPECT_EQ(told, expected);
}

TEST(PullProgress, a_failed_pull_says_why_and_nonsense_is_an_error) {
  const std::pair<std::string, ErrorCode> cases[] = {{R"({"errorDetail":{"message":"x"},"error":"manifest unknown"})"
                                                      "\n",
                                                      ErrorCode::not_found},
                                                     {R"({"error":"no space left on device"})"
                                                      "\n",
                                                      ErrorCode::unavailable},
                                                     {"not json\n", ErrorCode::unavailable},
                                                     {std::string(PullProgress::line_bytes_max + 1, 'x'), ErrorCode::unavailable}};
  for (const auto& [said, code] : cases) {
    PullProgress progress;
    const auto told = progress.add(said, [](const std::string&) {});
    ASSERT_FALSE(told) << said.substr(0, 100);
    EXPECT_EQ(told.error().code, code);
    EXPECT_LT(told.error().message.size(), 2000U);
  }
}

// The sentences are those of Docker 20.10, less names and numbers.
TEST(PullProgress, a_registry_that_is_away_is_told_from_an_image_that_is_not_there) {
  const std::pair<std::string_view, ErrorCode> cases[] = {
      {R"(Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused)", ErrorCode::unavailable},
      {R"(Get "https://absent.example/v2/": dial tcp: lookup absent.example on 10.0.0.1:53: no such host)", ErrorCode::unavailable},
      {R"(Get "https://absent.example/v2/": dial tcp: lookup absent.example: host not found)", ErrorCode::unavailable},
      {R"(Get "https://r.example/v2/": net/http: request canceled (Client.Timeout exceeded while awaiting headers))",
       ErrorCode::unavailable},
      {"received unexpected HTTP status: 503 Service Unavailable", ErrorCode::unavailable},
      {"toomanyrequests: You have reached your pull rate limit", ErrorCode::unavailable},
      {"manifest for r.example/app:1 not found: manifest unknown: manifest unknown", ErrorCode::not_found},
      {"pull access denied for app, repository does not exist or may require 'docker login'", ErrorCode::not_found},
      {"no matching manifest for linux/amd64 in the manifest list entries", ErrorCode::not_found},
      {R"(Head "https://r.example/v2/app/manifests/1": no basic auth credentials)", ErrorCode::permission_denied},
      {"unauthorized: authentication required", ErrorCode::permission_denied},
  };
  for (const auto& [words, kind] : cases) EXPECT_EQ(kind_of_failed_pull(words), kind) << words;
}

TEST(PullProgress, lines_and_layers_are_bounded) {
  PullProgress progress;
  std::size_t lines = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string said = R"({"status":"x","id":")" + std::to_string(i) + "\"}\n{\"status\":\"y\"}\n";
    ASSERT_TRUE(progress.add(said, [&](const std::string&) { ++lines; }));
  }
  EXPECT_EQ(lines, PullProgress::lines_max);
}

PluginRun run_of_image() {
  PluginRun run{.job = JobId{7}, .fence = Fence{3}, .version = {}, .input = R"({"n": 1})"};
  run.version.spec.docker_image_url = "app:1";
  run.version.spec.limits = {.memory_mb = 32, .cpus = 0.5, .pids = 9, .scratch_mb = 0};
  run.version.spec.env = {{"MODE", "of the plugin"}};
  return run;
}

// The body for an image, read; and some of it as text.
std::string ordered(const PluginRun& run, const EngineImage& image, std::string_view input = R"({"n": 1})",
                    InputFiles files = InputFiles::none) {
  const auto body = container_order(run, image, container_mark("0123456789abcdef", run), {.input = input, .files = files}, {});
  EXPECT_TRUE(body) << body.error().message;
  EXPECT_TRUE(JsonDocument::parse(*body));
  return *body;
}

TEST(ContainerOrder, holds_every_limit_and_gives_no_privilege) {
  const std::string body = ordered(run_of_image(), {.id = "sha256:1", .entrypoint = {"/run"}});
  for (const char* part : {R"("Image":"sha256:1")", R"("Memory":33554432,"MemorySwap":33554432)", R"("PidsLimit":9)",
                           R"("NanoCpus":500000000)", R"("ReadonlyRootfs":true)", R"("NetworkMode":"none")", R"("CapDrop":["ALL"])",
                           R"("SecurityOpt":["no-new-privileges","seccomp={)", R"("User":"65534:65534")", R"("Privileged":false)",
                           R"("LogConfig":{"Type":"none"})", R"("orc.job":"7","orc.fence":"3","orc.worker":"0123456789abcdef")",
                           R"("Healthcheck":{"Test":["NONE"]})", R"("/tmp":"rw,nosuid,nodev,exec,mode=1777,nr_inodes=65536,size=4096")"})
    EXPECT_TRUE(body.contains(part)) << part << " in " << body;
  EXPECT_EQ(container_mark("0123456789abcdef", run_of_image()).name, "orc-0123456789ab-7-3");
}

TEST(ContainerOrder, the_hosts_network_changes_the_network_and_no_other_privilege) {
  auto run = run_of_image();
  const std::string alone = ordered(run, {.id = "sha256:1", .entrypoint = {"/run"}});
  EXPECT_TRUE(alone.contains(R"("NetworkDisabled":true)")) << alone;
  EXPECT_TRUE(
      alone.contains(R"(\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":4294967295,\"valueTwo\":1,)"))
      << "AF_UNIX: " << alone;
  run.version.spec.network = NetworkAccess::host;
  const std::string body = ordered(run, {.id = "sha256:1", .entrypoint = {"/run"}});
  for (const char* part : {R"("NetworkMode":"host")", R"("NetworkDisabled":false)", R"("CapDrop":["ALL"])", R"("IpcMode":"private")",
                           R"("SecurityOpt":["no-new-privileges","seccomp={)", R"("Privileged":false)", R"("ReadonlyRootfs":true)"})
    EXPECT_TRUE(body.contains(part)) << part << " in " << body;
  EXPECT_FALSE(
      body.contains(R"(\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":4294967295,\"valueTwo\":1,)"))
      << "AF_UNIX: what listens on the host under an abstract name would be reached";
  EXPECT_FALSE(body.contains(R"(\"names\":[\"socketpair\"],\"action\":\"SCMP_ACT_ALLOW\"})")) << "pairs of datagram sockets";
}

TEST(ContainerOrder, the_input_is_an_argument_as_docker_run_would_give_it_unless_it_is_too_long) {
  const std::string input = R"({"n": 1})";
  const auto run = run_of_image();
  EXPECT_TRUE(ordered(run, {.id = "sha256:1", .entrypoint = {"/run", "-x"}, .command = {"left out"}})
                  .contains(R"("Entrypoint":["/run"],"Cmd":["-x","{\"n\": 1}"])"));
  EXPECT_TRUE(ordered(run, {.id = "sha256:1", .command = {"/cmd", "a"}}).contains(R"("Entrypoint":["/cmd"],"Cmd":["a","{\"n\": 1}"])"));
  EXPECT_TRUE(ordered(run, {.id = "sha256:1", .command = {"/cmd", "a"}}, std::string(200'000, 'x')).contains(R"("Cmd":["a"])"));
  EXPECT_FALSE(container_order(run, {.id = "sha256:1"}, {}, {.input = input}, {}));
}

TEST(ContainerOrder, what_an_image_would_write_to_the_host_is_memory_with_a_size) {
  const std::string body =
      ordered(run_of_image(), {.id = "sha256:1", .entrypoint = {"/run"}, .volumes = {"/var/lib/x", "/input"}}, "{}", InputFiles::some);
  EXPECT_TRUE(body.contains(R"("/var/lib/x":"rw,)"));
  EXPECT_TRUE(body.contains(R"("Mounts":[{"Type":"volume","Target":"/input","VolumeOptions":{"NoCopy":true}}])"));
  EXPECT_FALSE(body.contains(R"("/input":)"));
  for (const char* bad : {"relative", "/a:/b", "/a/../..", "/"})
    EXPECT_FALSE(container_order(run_of_image(), {.id = "sha256:1", .entrypoint = {"/run"}, .volumes = {bad}}, {}, {.input = "{}"}, {}))
        << bad;
}

TEST(ContainerOrder, the_process_of_ours_stands_before_the_image_s_program_and_counts_for_nothing_of_it) {
  const auto run = run_of_image();
  const auto body = container_order(run, {.id = "sha256:1", .entrypoint = {"/run", "-x"}}, container_mark("0123456789abcdef", run),
                                    {.input = "{}", .launcher = "/usr/libexec/orc/orc-launch"}, {});
  ASSERT_TRUE(body) << body.error().message;
  for (const char* part :
       {R"("Entrypoint":["/.orc-launch"],"Cmd":["--inside","/output","/run","-x","{}"])", R"("PidsLimit":10)", R"("Init":false)",
        R"("Mounts":[{"Type":"bind","Source":"/usr/libexec/orc/orc-launch","Target":"/.orc-launch","ReadOnly":true}])"})
    EXPECT_TRUE(body->contains(part)) << part << " in " << *body;
}

TEST(ContainerOrder, the_image_s_environment_holds_under_the_plugin_s) {
  const std::string body = ordered(
      run_of_image(), {.id = "sha256:1", .entrypoint = {"/run"}, .environment = {"PATH=/app", "MODE=of the image", "ORC_JOB_ID=1", "odd"}});
  EXPECT_TRUE(body.contains(R"("PATH=/app")"));
  EXPECT_TRUE(body.contains(R"("MODE=of the plugin")"));
  EXPECT_TRUE(body.contains(R"("ORC_JOB_ID=7")"));
}

TEST(ContainerState, reads_the_end_and_what_was_used) {
  const auto state = read_container_state(R"({"State":{"Running":false,"OOMKilled":true,"ExitCode":137}})");
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->ran_out_of_memory);
  EXPECT_EQ(state->exit_code, 137);
  for (const char* bad : {"", "{}", "[]", R"({"State":1})", R"({"State":{"ExitCode":"x","Running":false}})"})
    EXPECT_FALSE(read_container_state(bad)) << bad;
  const auto usage =
      read_container_usage(R"({"cpu_stats":{"cpu_usage":{"total_usage":2500000000}},"memory_stats":{"usage":1,"max_usage":4096}})");
  ASSERT_TRUE(usage);
  EXPECT_EQ(*usage, (Usage{.cpu = std::chrono::milliseconds(2500), .peak_bytes = 4096}));
  for (const char* none : {"", "{}", R"({"cpu_stats":{"cpu_usage":{"total_usage":0}}})", R"({"cpu_stats":7})"})
    EXPECT_FALSE(read_container_usage(none)) << none;
}

TEST(InputArchive, is_one_file_in_whole_blocks) {
  const std::string archive = archive_of_file("abc", "hello");
  EXPECT_EQ(archive.size(), 2048U);
  EXPECT_EQ(archive.substr(124, 11), "00000000005");
  EXPECT_EQ(archive.substr(257, 5), "ustar");
  EXPECT_EQ(archive.substr(512, 5), "hello");
  EXPECT_EQ(archive_of_file("abc", std::string(512, 'x')).size(), 2048U);
}

}  // namespace
}  // namespace orc
