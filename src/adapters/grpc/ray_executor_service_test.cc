#include "adapters/grpc/ray_executor_service.h"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <string>

#include "adapters/grpc/message_bytes.h"
#include "domain/deliberation/deliberation_script.h"
#include "generated/fleet/ray_executor/v1/ray_executor.pb.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_deliberation_parts.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/memory_deliberation_store.h"
#include "tests/fakes/memory_plugin_store.h"

namespace orc {
namespace {

namespace proto = fleet::ray_executor::v1;
using testing::HasSubstr;

class BareCall final : public GrpcCall {
 public:
  const HttpHeaders& metadata() const override { return metadata_; }
  const std::string& peer_address() const override { return peer_; }
  std::optional<SteadyTime> deadline() const override { return {}; }
  bool take_room(std::size_t bytes) override { return bytes <= room; }
  bool is_over() const override { return false; }
  void on_over(std::function<void()>) override {}

  std::size_t room = std::size_t{1} << 30;

 private:
  HttpHeaders metadata_;
  std::string peer_ = "127.0.0.1";
};

class RayExecutorServiceTest : public testing::Test {
 protected:
  RayExecutorServiceTest() { service.add_to(methods); }

  GrpcResult<std::string> call(const std::string& method, std::string message) {
    const GrpcMethod* found = methods.find("/fleet.ray_executor.v1.RayExecutorService/" + method);
    BareCall bare;
    bare.room = room;
    return run(std::get<UnaryHandler>(found->handler)(bare, std::move(message)));
  }
  template <typename Response>
  Response answer(const std::string& method, const google::protobuf::MessageLite& request) {
    auto bytes = call(method, bytes_of(request));
    EXPECT_TRUE(bytes.has_value()) << bytes.error().message;
    return message_from<Response>(bytes.value()).value();
  }
  GrpcStatus refusal(const std::string& method, const google::protobuf::MessageLite& request) {
    const auto bytes = call(method, bytes_of(request));
    return bytes ? GrpcStatus{} : bytes.error();
  }

  template <typename Request>
  static Request request(const std::string& task_id) {
    Request made;
    made.set_task_id(task_id);
    made.set_task_description("Name a prime above 10.");
    made.set_role("DEV");
    made.mutable_constraints()->set_story_id("s-1");
    for (const char* id : {"a-1", "a-2"}) {
      auto& agent = *made.add_agents();
      agent.set_id(id);
      agent.set_role("DEV");
      agent.set_model("m");
    }
    made.set_vllm_url("http://127.0.0.1:8000");
    made.set_vllm_model("m");
    return made;
  }
  std::string submitted(const std::string& task_id = "t-1") {
    return answer<proto::ExecuteDeliberationResponse>("ExecuteDeliberation", request<proto::ExecuteDeliberationRequest>(task_id))
        .deliberation_id();
  }
  proto::GetDeliberationStatusResponse status_of_id(const std::string& id) {
    proto::GetDeliberationStatusRequest question;
    question.set_deliberation_id(id);
    return answer<proto::GetDeliberationStatusResponse>("GetDeliberationStatus", question);
  }

  std::size_t room = std::size_t{1} << 30;  // for what calls hold

  FakeClock clock;
  MemoryState state{clock};
  MemoryDeliberationStore store{state};
  MemoryPluginReader plugins{state};
  ClosedModel model;
  RecordingDeliberationSignals signals;
  FakeRandom random;
  ExecuteDeliberation execute{{.store = store, .model = model, .plugins = plugins, .signals = signals, .clock = clock, .random = random},
                              {}};
  ExecuteBacklogReviewDeliberation execute_review{execute};
  GetDeliberationStatus get_status{store};
  GetStats get_stats{store, clock};
  GetActiveJobs get_active{store, clock};
  RayExecutorService service{{.execute = execute,
                              .execute_review = execute_review,
                              .get_status = get_status,
                              .get_stats = get_stats,
                              .get_active_jobs = get_active}};
  MethodTable methods;
};

TEST_F(RayExecutorServiceTest, a_submission_is_told_by_its_id_and_runs) {
  const auto response =
      answer<proto::ExecuteDeliberationResponse>("ExecuteDeliberation", request<proto::ExecuteDeliberationRequest>("t-1"));
  EXPECT_EQ(response.task_id(), "t-1");
  EXPECT_EQ(response.status(), "submitted");
  EXPECT_THAT(response.deliberation_id(), testing::StartsWith("deliberation-t-1-"));
  EXPECT_EQ(status_of_id(response.deliberation_id()).status(), "running");
}

TEST_F(RayExecutorServiceTest, the_same_task_twice_in_a_second_is_two_deliberations) {
  const std::string first = submitted();
  EXPECT_NE(first, submitted());
}

TEST_F(RayExecutorServiceTest, every_field_of_a_request_arrives) {
  auto made = request<proto::ExecuteDeliberationRequest>("t-1");
  made.mutable_constraints()->set_plan_id("p-1");
  made.mutable_constraints()->set_timeout_seconds(7);
  made.mutable_constraints()->set_max_retries(2);
  (*made.mutable_constraints()->mutable_metadata())["k"] = "v";
  made.mutable_agents(0)->set_prompt_template("Say it.");
  made.set_per_agent_models(true);
  made.set_preset("vote");
  const auto response = answer<proto::ExecuteDeliberationResponse>("ExecuteDeliberation", made);
  const Deliberation stored = ok(store.get(response.deliberation_id()));
  const TaskConstraints& constraints = stored.request->constraints;
  EXPECT_EQ(constraints->story_id, "s-1");
  EXPECT_EQ(constraints->plan_id, "p-1");
  EXPECT_EQ(constraints->timeout, std::chrono::seconds(7));
  EXPECT_EQ(constraints->max_retries, 2);
  EXPECT_EQ(constraints->metadata.at("k"), "v");
  EXPECT_EQ(stored.request->agents[0]->prompt_template, "Say it.");
  EXPECT_EQ(stored.request->agents[1]->prompt_template, std::nullopt);
  EXPECT_EQ(stored.request->models, ModelChoice::of_each_agent);
  EXPECT_EQ(stored.plan->preset, "vote");
  EXPECT_EQ(stored.owner, std::nullopt);
}

TEST_F(RayExecutorServiceTest, a_backlog_review_has_a_task_id_of_its_form) {
  using Request = proto::ExecuteBacklogReviewDeliberationRequest;
  const auto refused = refusal("ExecuteBacklogReviewDeliberation", request<Request>("t-1"));
  EXPECT_EQ(refused.code, GrpcCode::invalid_argument);
  EXPECT_THAT(refused.message, HasSubstr("task_id"));
  const auto taken =
      answer<proto::ExecuteDeliberationResponse>("ExecuteBacklogReviewDeliberation", request<Request>("ceremony-1:story-2:role-DEV"));
  EXPECT_EQ(taken.status(), "submitted");
  EXPECT_EQ(ok(store.get(taken.deliberation_id())).request->constraints->metadata.at("story_id"), "s-1");
}

TEST_F(RayExecutorServiceTest, a_request_that_breaks_a_rule_is_refused_by_the_name_of_the_field) {
  using Request = proto::ExecuteDeliberationRequest;
  const struct {
    const char* field;
    std::function<void(Request&)> spoil;
  } table[] = {
      {"task_id", [](Request& r) { r.set_task_id(" \t"); }},
      {"task_id", [](Request& r) { r.set_task_id(std::string(300, 't')); }},
      {"task_description", [](Request& r) { r.clear_task_description(); }},
      {"task_description", [](Request& r) { r.set_task_description(std::string(1'048'577, 'd')); }},
      {"role", [](Request& r) { r.set_role(""); }},
      {"vllm_url", [](Request& r) { r.clear_vllm_url(); }},
      {"vllm_model", [](Request& r) { r.set_vllm_model("  "); }},
      {"constraints", [](Request& r) { r.clear_constraints(); }},
      {"story_id", [](Request& r) { r.mutable_constraints()->clear_story_id(); }},
      {"timeout_seconds", [](Request& r) { r.mutable_constraints()->set_timeout_seconds(-1); }},
      {"timeout_seconds", [](Request& r) { r.mutable_constraints()->set_timeout_seconds(2'147'483'647); }},
      {"max_retries", [](Request& r) { r.mutable_constraints()->set_max_retries(-1); }},
      {"max_retries", [](Request& r) { r.mutable_constraints()->set_max_retries(1'000'000); }},
      {"agents", [](Request& r) { r.clear_agents(); }},
      {"agents",
       [](Request& r) {
         for (int i = 2; i < 1'001; ++i) (*r.add_agents() = r.agents(0)).set_id("a-x" + std::to_string(i));
       }},
      {"agent_id", [](Request& r) { r.mutable_agents(1)->set_id("a-1"); }},
      {"agent_id", [](Request& r) { r.mutable_agents(0)->set_id("x\r\nPUB evil 1\r\nA"); }},
      {"role", [](Request& r) { r.mutable_agents(0)->clear_role(); }},
      {"model", [](Request& r) { r.mutable_agents(0)->clear_model(); }},
      {"prompt_template", [](Request& r) { r.mutable_agents(0)->set_prompt_template(std::string(70'000, 'p')); }},
      {"preset", [](Request& r) { r.set_preset("no such"); }},
      {"options", [](Request& r) { r.set_options("{"); }},
      {"temperature", [](Request& r) { r.set_options(R"({"temperature": NaN})"); }},
  };
  for (const auto& [field, spoil] : table) {
    auto made = request<Request>("t-1");
    spoil(made);
    const GrpcStatus refused = refusal("ExecuteDeliberation", made);
    EXPECT_EQ(refused.code, GrpcCode::invalid_argument) << field;
    if (std::string_view(field) != "temperature") {
      EXPECT_THAT(refused.message, HasSubstr(field));
    }
  }
  EXPECT_EQ(ok(store.counts()).running, 0);
}

TEST_F(RayExecutorServiceTest, an_endpoint_that_is_not_allowed_is_refused) {
  auto made = request<proto::ExecuteDeliberationRequest>("t-1");
  made.set_vllm_url("http://10.0.0.1:8000");
  const GrpcStatus refused = refusal("ExecuteDeliberation", made);
  EXPECT_EQ(refused.code, GrpcCode::permission_denied);
  EXPECT_THAT(refused.message, HasSubstr("vllm_url"));
}

TEST_F(RayExecutorServiceTest, a_completed_one_has_the_best_result_and_all) {
  const std::string id = submitted();
  const auto result = [](const char* agent, double score) {
    return DeliberationResult::create({.agent_id = agent, .proposal = "11", .reasoning = "r", .score = score, .metadata = {{"m", "n"}}})
        .value();
  };
  ok(store.end(id, {.status = DeliberationStatus::completed,
                    .decision = result("a-2", 0.75),
                    .together = MultiAgentDeliberationResult::create(
                                    {.results = {result("a-1", 0.25), result("a-2", 0.75)}, .total_agents = 2, .completed_agents = 2})
                                    .value()}));
  const auto status = status_of_id(id);
  EXPECT_EQ(status.status(), "completed");
  EXPECT_EQ(status.result().agent_id(), "a-2");
  EXPECT_EQ(status.result().proposal(), "11");
  EXPECT_EQ(status.result().reasoning(), "r");
  EXPECT_FLOAT_EQ(status.result().score(), 0.75F);
  EXPECT_EQ(status.result().metadata().at("m"), "n");
  ASSERT_EQ(status.results_size(), 2);
  EXPECT_EQ(status.results(0).agent_id(), "a-1");
  EXPECT_TRUE(status.error_message().empty());
}

TEST_F(RayExecutorServiceTest, an_answer_of_many_or_long_results_is_no_larger_than_clients_take) {
  constexpr std::size_t most = std::size_t{4} << 20;
  const auto result = [](int agent, std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += "\xC3\xA9";
    return DeliberationResult::create({.agent_id = "a-" + std::to_string(agent),
                                       .proposal = text,
                                       .reasoning = "because",
                                       .score = 0.5,
                                       .metadata = {{"answer", text.substr(0, bytes / 2 * 2)}}})
        .value();
  };
  const struct {
    std::size_t agents;
    std::size_t bytes;
    std::size_t shown_min;
    bool is_cut;
  } table[] = {{1000, 1'000, 1000, false}, {1000, 10'000, 150, false}, {1, 5'000'000, 0, true}, {2, 8'000'000, 0, true}};
  for (const auto& [agents, bytes, shown_min, is_cut] : table) {
    SCOPED_TRACE(std::to_string(agents) + " of " + std::to_string(bytes));
    const std::string id = submitted("t-" + std::to_string(bytes));
    std::vector<DeliberationResult> all;
    for (std::size_t i = 0; i < agents; ++i) all.push_back(result(static_cast<int>(i), bytes));
    ok(store.end(
        id,
        {.status = DeliberationStatus::completed,
         .decision = all.front(),
         .together = MultiAgentDeliberationResult::create({.results = all, .total_agents = agents, .completed_agents = agents}).value()}));
    proto::GetDeliberationStatusRequest request;
    request.set_deliberation_id(id);
    const auto answered = call("GetDeliberationStatus", bytes_of(request));
    ASSERT_TRUE(answered);
    EXPECT_LE(answered->size(), most);
    const auto status = message_from<proto::GetDeliberationStatusResponse>(*answered).value();
    const auto shown = static_cast<std::size_t>(status.results_size());
    EXPECT_GE(shown, shown_min);
    const auto& metadata = status.result().metadata();
    EXPECT_EQ(metadata.contains("results_left_out") ? metadata.at("results_left_out") : "0", std::to_string(agents - shown));
    EXPECT_EQ(metadata.contains("truncated"), is_cut);
    EXPECT_GE(status.result().proposal().size(), std::min(bytes, most - 2048));
    EXPECT_TRUE(status.result().proposal().ends_with("\xC3\xA9"));
  }
}

TEST_F(RayExecutorServiceTest, one_that_there_is_no_room_for_is_not_read) {
  const std::string id = submitted();
  room = 10'000;
  EXPECT_EQ(status_of_id(id).status(), "running");
  ok(store.end(
      id,
      {.status = DeliberationStatus::completed,
       .decision =
           DeliberationResult::create({.agent_id = "a-1", .proposal = std::string(100'000, 'x'), .reasoning = "", .metadata = {}}).value(),
       .together = {},
       .error = {}}));
  const int reads = store.gets;
  proto::GetDeliberationStatusRequest question;
  question.set_deliberation_id(id);
  EXPECT_EQ(refusal("GetDeliberationStatus", question).code, GrpcCode::unavailable);
  EXPECT_EQ(store.gets, reads);
  room = 300'000;
  EXPECT_EQ(status_of_id(id).status(), "completed");
}

TEST_F(RayExecutorServiceTest, a_failed_one_says_why_and_a_cancelled_one_is_failed_to_older_clients) {
  for (const auto end : {DeliberationStatus::failed, DeliberationStatus::cancelled}) {
    const std::string id = submitted();
    ok(store.end(id, {.status = end, .decision = {}, .together = {}, .error = "all agents failed"}));
    EXPECT_EQ(status_of_id(id).status(), "failed");
    EXPECT_EQ(status_of_id(id).error_message(), "all agents failed");
    EXPECT_FALSE(status_of_id(id).has_result());
  }
}

TEST_F(RayExecutorServiceTest, an_unknown_one_is_not_found_with_ok) {
  for (const char* id : {"deliberation-x", "", "../", "' OR 1=1 --"}) {
    EXPECT_EQ(status_of_id(id).status(), "not_found");
    EXPECT_EQ(status_of_id(id).error_message(), "Deliberation " + std::string(id) + " not found");
  }
}

TEST_F(RayExecutorServiceTest, fields_that_nobody_knows_are_ignored) {  // attacks.md, G6
  // Field 99 as a number, as eight bytes, as text, as a group and as four bytes.
  using std::string_literals::operator""s;
  const std::string unknown =
      "\x98\x06\x2a"s + "\x99\x06"s + "12345678" + "\x9a\x06\x03"s + "abc" + "\x9b\x06\x08\x01\x9c\x06"s + "\x9d\x06"s + "1234";
  const auto taken = call("ExecuteDeliberation", unknown + bytes_of(request<proto::ExecuteDeliberationRequest>("t-1")) + unknown);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(message_from<proto::ExecuteDeliberationResponse>(*taken)->status(), "submitted");
  EXPECT_EQ(message_from<proto::GetStatusResponse>(*call("GetStatus", unknown))->status(), "healthy");
  EXPECT_EQ(call("GetStatus", "\x9b\x06"s).error().code, GrpcCode::invalid_argument) << "a group without an end";
}

TEST_F(RayExecutorServiceTest, stats_are_there_whether_asked_for_or_not) {
  submitted();
  clock.advance(std::chrono::seconds(61));
  const auto status = answer<proto::GetStatusResponse>("GetStatus", proto::GetStatusRequest{});
  EXPECT_EQ(status.status(), "healthy");
  EXPECT_EQ(status.uptime_seconds(), 61);
  EXPECT_EQ(status.stats().total_deliberations(), 1);
  EXPECT_EQ(status.stats().active_deliberations(), 1);
}

TEST_F(RayExecutorServiceTest, stats_tell_what_calls_used) {
  const std::string id = submitted();
  ok(store.record(id, DeliberationScript::success({}, "11")));
  ok(store.record(id, DeliberationScript::failure({.agent = 1})));
  const auto stats = answer<proto::GetStatusResponse>("GetStatus", proto::GetStatusRequest{}).stats();
  EXPECT_EQ(stats.calls(), 2);
  EXPECT_EQ(stats.failed_calls(), 1);
  EXPECT_EQ(stats.tokens_in(), 10);
  EXPECT_EQ(stats.tokens_out(), 5);
}

TEST_F(RayExecutorServiceTest, active_jobs_are_those_that_run) {
  const std::string id = submitted();
  ok(store.end(submitted("t-2"), {.status = DeliberationStatus::failed, .decision = {}, .together = {}, .error = "e"}));
  EXPECT_EQ(answer<proto::GetActiveJobsResponse>("GetActiveJobs", proto::GetActiveJobsRequest{}).jobs(0).status(), "PENDING");
  ok(store.tell(id, {{.kind = EventKind::phase}}));
  const auto jobs = answer<proto::GetActiveJobsResponse>("GetActiveJobs", proto::GetActiveJobsRequest{});
  ASSERT_EQ(jobs.jobs_size(), 1);
  EXPECT_EQ(jobs.total(), 1);
  const proto::JobInfo& job = jobs.jobs(0);
  EXPECT_EQ(job.job_id(), id);
  EXPECT_EQ(job.submission_id(), id);
  EXPECT_EQ(job.name(), "vllm-agent-job-" + id);
  EXPECT_EQ(job.status(), "RUNNING");
  EXPECT_EQ(job.task_id(), "t-1");
  EXPECT_EQ(job.role(), "DEV");
  EXPECT_FALSE(job.has_end_time());
}

TEST_F(RayExecutorServiceTest, an_answer_of_many_active_jobs_is_no_larger_than_clients_take) {
  const Deliberation like = ok(store.get(submitted()));
  for (int i = 1; i < 300; ++i)
    ok(store.add({.id = std::string(10'000, 'd') + std::to_string(i), .request = like.request, .plan = like.plan}));
  const auto bytes = call("GetActiveJobs", "");
  ASSERT_TRUE(bytes);
  EXPECT_LE(bytes->size(), 4U << 20);
  const auto jobs = message_from<proto::GetActiveJobsResponse>(*bytes).value();
  EXPECT_GT(jobs.jobs_size(), 100);
  EXPECT_LT(jobs.jobs_size(), 200);
  EXPECT_EQ(jobs.total(), 300);
}

TEST_F(RayExecutorServiceTest, bytes_that_are_no_message_are_refused_and_never_break_it) {
  const char* const names[] = {"ExecuteDeliberation", "ExecuteBacklogReviewDeliberation", "GetDeliberationStatus", "GetStatus",
                               "GetActiveJobs"};
  for (const std::string& bad : {std::string("\xff"), std::string("\x0a\x01\xff"), std::string(10'000, '\x0b')})
    EXPECT_EQ(call("ExecuteDeliberation", bad).error().code, GrpcCode::invalid_argument);
  const std::string sound = bytes_of(request<proto::ExecuteDeliberationRequest>("t-1"));
  std::mt19937 dice(20'261'126);
  for (int round = 0; round < 1'000; ++round) {
    std::string bytes = sound.substr(0, dice() % (sound.size() + 1));
    for (unsigned i = 0; i < dice() % 8 && !bytes.empty(); ++i) bytes[dice() % bytes.size()] = static_cast<char>(dice());
    for (const char* name : names) {
      const auto answered = call(name, bytes);
      if (!answered) {
        EXPECT_THAT(answered.error().code, testing::AnyOf(GrpcCode::invalid_argument, GrpcCode::permission_denied)) << name;
      }
    }
  }
}

}  // namespace
}  // namespace orc
