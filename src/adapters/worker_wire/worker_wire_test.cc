#include <gtest/gtest.h>

#include "adapters/json/json_document.h"
#include "adapters/worker_wire/assignment_json.h"
#include "adapters/worker_wire/equipment_json.h"
#include "adapters/worker_wire/finished_run_json.h"
#include "adapters/worker_wire/run_report_json.h"
#include "adapters/worker_wire/worker_protocol.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

ContentHash hash_of(std::uint8_t fill) {
  ContentHash hash;
  hash.bytes.fill(fill);
  return hash;
}

Assignment some_run(std::int64_t job, PluginVersion version) {
  return {.run = {.job = JobId{job}, .fence = Fence{3}},
          .attempt = 2,
          .owner = UserId{6},
          .version = std::move(version),
          .input = {.text = "{}", .blob = {}},
          .timeout = 7s,
          .service = 0xfedc'ba98'7654'3210};
}

PluginVersion some_version() {
  PluginVersion version{.id = PluginVersionId{4}, .plugin = PluginId{5}, .name = "echo", .version = "1.2.3"};
  version.spec.command = {"./run", "a \"b\""};
  version.spec.package = hash_of(0xab);
  version.spec.limits = {
      .timeout = 8s, .grace = 9s, .queue = {}, .memory_mb = 10, .cpus = 0.5, .pids = 11, .output_kb = 12, .scratch_mb = 13};
  version.spec.mode = PluginMode::warm;
  version.spec.warm = {
      .processes_max = 14, .in_flight = 15, .start = 16s, .idle = 17s, .requests_max = 18, .share = WarmShare::all, .files_out = true};
  version.spec.env = {{"A", "1"}, {"B", ""}};
  version.spec.resources.memory_mb = 19;
  version.spec.network = NetworkAccess::host;
  return version;
}

TEST(worker_wire, an_assignment_arrives_as_it_was_given) {
  Assignment small = some_run(1, some_version());
  small.input.text = "{ \"price\" :0.87, \"e\": 1E+2,\"t\":\"\\u0000\\u00fc ü\" }";
  Assignment large = some_run(2, some_version());
  large.input = {.text = {}, .blob = hash_of(0x01)};
  const auto read = read_assignments(assignments_text(std::vector{small, large}));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2u);
  const Assignment& first = read->at(0);
  EXPECT_EQ(first.run, small.run);
  EXPECT_EQ(first.attempt, 2);
  EXPECT_EQ(first.timeout, 7s);
  EXPECT_EQ(first.input, small.input);
  EXPECT_EQ(read->at(1).input, large.input);
  for (const Assignment& run : *read) {
    EXPECT_EQ(run.owner, UserId{6});
    EXPECT_EQ(run.version.id, PluginVersionId{4});
    EXPECT_EQ(run.version.name, "echo");
    EXPECT_EQ(run.version.version, "1.2.3");
    EXPECT_EQ(run.version.spec, some_version().spec);
    EXPECT_EQ(run.service, 0xfedc'ba98'7654'3210);
  }
}

TEST(worker_wire, equipment_that_makes_no_sense_is_refused_at_its_field) {
  const struct {
    std::string body;
    std::vector<std::string> places;
  } cases[] = {{R"({})", {}},
               {R"({"runtimes": ["wasm", "folder"], "memory_mb": 0, "custom": {"x": 0}, "labels": {"a": "b"}})", {}},
               {R"({"runtimes": ["wasm"]})", {"runtimes"}},
               {R"({"cpus": 0})", {"cpus"}},
               {R"({"memory_mb": -1, "gpus": 1.5})", {"memory_mb", "gpus"}},
               {R"({"custom": {"a b": 1}})", {"custom"}},
               {R"({"custom": {"a": -1}})", {"custom"}},
               {R"({"labels": {"a": "b c"}})", {"labels"}},
               {R"({"network": "vpn"})", {}},
               {R"({"network": 7})", {"network"}},
               {R"({"images": {"isolation": "vault", "network": "vpn", "more": 1}})", {}},
               {R"({"images": null})", {}},
               {R"({"images": "strict"})", {"images"}},
               {R"({"images": {"isolation": 1}})", {"images"}},
               {R"({"images": {"warm": "no"}})", {"images"}},
               {R"({"host": 7, "host_memory_mb": -1})", {"host", "host_memory_mb"}},
               {R"({"custom": {"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"8":1,"9":1}})", {"custom"}}};
  for (const auto& [body, places] : cases) {
    const auto document = JsonDocument::parse(body);
    ASSERT_TRUE(document) << body;
    FieldReader fields(document->root(), {});
    (void)read_equipment(fields);
    std::vector<std::string> found;
    for (const FieldFault& fault : fields.faults()) found.push_back(std::get<std::string>(fault.loc.front()));
    EXPECT_EQ(found, places) << body;
  }
}

TEST(worker_wire, of_images_what_is_not_said_or_not_known_is_not_given) {
  for (const char* body : {R"({"images": {}})", R"({"images": {"isolation": "vault", "network": "vpn"}})"}) {
    const auto document = JsonDocument::parse(body);
    ASSERT_TRUE(document) << body;
    FieldReader fields(document->root(), {});
    EXPECT_EQ(read_equipment(fields).images, ImageTerms{}) << body;
  }
}

TEST(worker_wire, of_a_release_so_much_is_kept_as_people_read) {
  const std::string umlauts = "\u00e4\u00e4";
  const std::pair<std::string, std::string> cases[] = {
      {R"({})", ""},
      {R"({"release": null})", ""},
      {R"({"release": "0.1.0"})", "0.1.0"},
      {R"({"release": ")" + std::string(101, 'x') + R"("})", std::string(100, 'x')},
      {R"({"release": ")" + std::string(99, 'x') + umlauts + R"("})", std::string(99, 'x')}};
  for (const auto& [body, kept] : cases) {
    const auto document = JsonDocument::parse(body);
    ASSERT_TRUE(document) << body;
    FieldReader fields(document->root(), {});
    EXPECT_EQ(read_equipment(fields).release, kept);
    EXPECT_TRUE(fields.faults().empty()) << body;
  }
}

TEST(worker_wire, without_a_network_nothing_is_said_of_one_and_an_unknown_one_is_none) {
  PluginVersion plain = some_version();
  plain.spec.network = NetworkAccess::none;
  std::string text = assignments_text(std::vector{some_run(1, plain)});
  EXPECT_FALSE(text.contains("network"));
  text = assignments_text(std::vector{some_run(1, some_version())});
  const std::size_t at = text.find(R"("network":"host")");
  ASSERT_NE(at, std::string::npos);
  const auto read = read_assignments(text.replace(at, 16, R"("network":"vpns")"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->at(0).version.spec.network, NetworkAccess::none);
}

TEST(worker_wire, an_image_travels_without_a_package) {
  PluginVersion version{.id = PluginVersionId{4}, .plugin = PluginId{5}, .name = "image", .version = "1.0.0"};
  version.spec.docker_image_url = "registry/image:1";
  const auto read = read_assignments(assignments_text(std::vector{some_run(1, version)}));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->at(0).version.spec, version.spec);
}

TEST(worker_wire, an_answer_that_is_no_claim_is_an_internal_error_that_says_why) {
  for (const char* text : {"", "[]", "{}", R"({"runs": [{}], "versions": []})", R"({"runs": [{"job_id": 1, "fence": 1, "timeout_seconds": 1,
    "version_id": 9, "input_text": "{}"}], "versions": []})",
                           R"({"runs": [], "versions": [{"id": 0}]})"}) {
    const auto read = read_assignments(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::internal);
    EXPECT_FALSE(read.error().message.empty());
  }
}

TEST(worker_wire, an_end_arrives_as_it_was_handed_in) {
  FinishedRun end{.run = {.job = JobId{7}, .fence = Fence{8}}, .outcome = {}, .output_blob = {}};
  end.outcome = {.how = AttemptOutcome::timed_out,
                 .output = "{\"a\": \"\x01\"}",
                 .message = "took \"too\" long",
                 .log = {{.n = 1, .t = timestamp_from_ms(5), .stream = LogStream::err, .text = "one"},
                         {.n = 2, .t = timestamp_from_ms(6), .stream = LogStream::out, .text = ""}},
                 .exit_code = -9,
                 .usage = {.cpu = 12ms, .peak_bytes = 13},
                 .isolation = Isolation::container,
                 .image = "sha256:" + std::string(64, 'a')};
  const auto read = read_finished_runs("{\"ends\": [" + finished_run_text(end) +
                                       ",{\"job_id\": 1, \"fence\": 2, \"outcome\": \"given_back\", \"new_field\": []}]}");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2u);
  const FinishedRun& first = read->at(0);
  EXPECT_EQ(first.run, end.run);
  EXPECT_EQ(first.outcome.how, end.outcome.how);
  EXPECT_EQ(first.outcome.output, end.outcome.output);
  EXPECT_EQ(first.outcome.message, end.outcome.message);
  EXPECT_EQ(first.outcome.log, end.outcome.log);
  EXPECT_EQ(first.outcome.exit_code, end.outcome.exit_code);
  EXPECT_EQ(first.outcome.usage, end.outcome.usage);
  EXPECT_EQ(first.outcome.isolation, end.outcome.isolation);
  EXPECT_EQ(first.outcome.image, end.outcome.image);
  EXPECT_EQ(read->at(1).outcome.how, AttemptOutcome::given_back);
}

TEST(worker_wire, what_was_not_measured_arrives_as_that_and_what_nobody_speaks_of_is_nothing) {
  FinishedRun end{.run = {.job = JobId{7}, .fence = Fence{8}}, .outcome = {}, .output_blob = {}};
  end.outcome.usage = {.cpu = {}, .peak_bytes = {}, .wall = 5ms};
  const auto read =
      read_finished_runs("{\"ends\": [" + finished_run_text(end) + R"(, {"job_id": 1, "fence": 2, "outcome": "given_back"}]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at(0).outcome.usage, end.outcome.usage);
  EXPECT_EQ(read->at(1).outcome.usage, Usage{});
}

TEST(worker_wire, the_middle_of_a_long_log_is_left_out_and_a_line_says_so) {
  FinishedRun end{.run = {.job = JobId{7}, .fence = Fence{8}}, .outcome = {}, .output_blob = {}};
  for (std::size_t i = 0; i < end_log_lines_max + 10; ++i) end.outcome.log.push_back({.n = 1, .text = std::to_string(i)});
  const auto read = read_finished_runs("{\"ends\": [" + finished_run_text(end) + "]}");
  ASSERT_TRUE(read);
  const auto& log = read->at(0).outcome.log;
  EXPECT_EQ(log.size(), end_log_lines_max);
  EXPECT_EQ(log.front().text, "0");
  EXPECT_EQ(log[end_log_lines_max / 2].text, "[11 lines were left out here]");
  EXPECT_EQ(log[end_log_lines_max / 2 + 1].text, std::to_string(end_log_lines_max / 2 + 11));
  EXPECT_EQ(log.back().text, std::to_string(end_log_lines_max + 9));
  end.outcome.log.resize(end_log_lines_max);
  EXPECT_EQ(read_finished_runs("{\"ends\": [" + finished_run_text(end) + "]}")->at(0).outcome.log.back().text,
            std::to_string(end_log_lines_max - 1));
}

TEST(worker_wire, a_report_arrives_as_it_was_told) {
  const ReportedRun cases[] = {
      {.run = {.job = JobId{7}, .fence = Fence{8}},
       .report = {.log = {{.n = 1, .t = timestamp_from_ms(5), .stream = LogStream::err, .text = "one"}}, .progress = {}}},
      {.run = {.job = JobId{9}, .fence = Fence{10}},
       .report = {.log = {{.n = 31, .t = timestamp_from_ms(6), .stream = LogStream::out, .text = "\x01\"two"},
                          {.n = 32, .t = timestamp_from_ms(7), .stream = LogStream::err, .text = ""}},
                  .progress = Progress{.fraction = 0.1, .message = "a tenth"}}},
      {.run = {.job = JobId{1}, .fence = Fence{2}}, .report = {.log = {}, .progress = Progress{.fraction = 1, .message = {}}}},
  };
  std::string body = "{\"reports\": [";
  for (const ReportedRun& one : cases) body += (body.ends_with('[') ? "" : ",") + reported_run_text(one);
  const auto read = read_reported_runs(body + "], \"new_field\": 1}");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), std::size(cases));
  for (std::size_t i = 0; i < read->size(); ++i) {
    EXPECT_EQ(read->at(i).run, cases[i].run);
    EXPECT_EQ(read->at(i).report.log, cases[i].report.log);
    EXPECT_EQ(read->at(i).report.progress, cases[i].report.progress);
  }
}

TEST(worker_wire, an_end_whose_first_lines_were_reported_says_where_it_goes_on) {
  FinishedRun end{.run = {.job = JobId{7}, .fence = Fence{8}}, .outcome = {}, .output_blob = {}};
  end.outcome.log = {{.n = 3, .t = timestamp_from_ms(5), .stream = LogStream::err, .text = "three"}};
  EXPECT_EQ(read_finished_runs("{\"ends\": [" + finished_run_text(end) + "]}")->at(0).outcome.log, end.outcome.log);
}

TEST(worker_wire, ends_that_are_none_are_refused_with_their_place) {
  const struct {
    std::string body, field;
  } cases[] = {
      {"", "body"},
      {"{}", "ends"},
      {R"({"ends": [{"job_id": 1, "fence": 1}]})", "outcome"},
      {R"({"ends": [{"job_id": 1, "fence": 1, "outcome": "worker_lost"}]})", "outcome"},
      {R"({"ends": [{"job_id": 0, "fence": 1, "outcome": "failed"}]})", "job_id"},
      {R"({"ends": [{"job_id": 1, "fence": 1, "outcome": "failed", "output_blob": "sha256:1"}]})", "output_blob"},
      {R"({"ends": [{"job_id": 1, "fence": 1, "outcome": "failed", "isolation": "good"}]})", "isolation"},
      {R"({"ends": [{"job_id": 1, "fence": 1, "outcome": "failed", "image": "app:1"}]})", "image"},
      {R"({"ends": [{"job_id": 1, "fence": 1, "outcome": "failed", "log": [{"text": "a"}]}]})", "log"},
      {R"({"ends": [5]})", "0"},
  };
  for (const auto& [body, field] : cases) {
    const auto read = read_finished_runs(body);
    ASSERT_FALSE(read) << body;
    std::string text;
    JsonWriter json(text);
    write_faults(json, read.error());
    EXPECT_TRUE(text.contains(field)) << body << text;
  }
}

TEST(worker_wire, results_arrive_in_their_order) {
  const std::vector<Result<JobStatus>> results = {JobStatus::completed, fail(ErrorCode::conflict, "taken"),
                                                  fail(ErrorCode::unavailable, "")};
  const auto read = read_end_results(end_results_text(results), 3);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, results);
  EXPECT_FALSE(read_end_results(end_results_text(results), 2));
  EXPECT_FALSE(read_end_results("nonsense", 0));
}

TEST(worker_wire, what_is_long_or_no_text_does_not_fit_inline) {
  EXPECT_TRUE(fits_inline(std::string(inline_output_max, 'a')));
  EXPECT_FALSE(fits_inline(std::string(inline_output_max + 1, 'a')));
  EXPECT_FALSE(fits_inline("\xff"));
}

}  // namespace
}  // namespace orc
