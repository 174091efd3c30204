#include <CLI/CLI.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <thread>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/deliberation_watching.h"
#include "adapters/http/stub_api.h"

namespace orc {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* members =
    R"("deliberation_id":"d-1","preset":"vote","created_at":"2026-01-31T12:00:00.000Z","usage":{"calls":3,"tokens_in":30,"tokens_out":9,"money":0.5},)"
    R"("request":{"vllm_model":"m","per_agent_models":false,"agents":[{"id":"agent-1","model":"x"},{"id":"agent-2","model":"x"},{"id":"agent-3","model":"x"}]},)"
    R"("calls":[{"agent_id":"agent-1","outcome":"succeeded","text":"11","tokens_in":10,"tokens_out":5},)"
    R"({"agent_id":"agent-2","outcome":"failed","error_message":"it broke\u001b[31m"}],)";
const std::string completed = "{" + std::string(members) +
                              R"("status":"completed","ended_at":"2026-01-31T12:00:01.250Z","error_message":null,)"
                              R"("result":{"agent_id":"agent-1","proposal":"11","score":1,"metadata":{"score_method":"vote"}},)"
                              R"("results":[{"agent_id":"agent-1","proposal":"11","score":1,"metadata":{}}]})";
const std::string running =
    "{" + std::string(members) + R"("status":"running","ended_at":null,"result":null,"results":[],"error_message":null})";
const std::string failed =
    "{" + std::string(members) + R"("status":"failed","ended_at":null,"result":null,"results":[],"error_message":"all agents failed"})";
constexpr const char* taken = R"({"task_id":"t","deliberation_id":"d-1","status":"submitted","message":"It runs."})";

class deliberation_commands : public testing::Test {
 protected:
  int run(const std::vector<std::string>& words, const std::string& input = "") {
    std::istringstream in(input);
    out_.str("");
    err_.str("");
    ClientContext context{.in = in,
                          .out = out_,
                          .err = err_,
                          .terminal = {},
                          .environment = [this](const char* name) -> std::optional<std::string> {
                            if (std::string_view(name) == "ORC_URL") return api_.url();
                            return std::string_view(name) == "ORC_TOKEN" ? std::optional<std::string>("secret") : std::nullopt;
                          },
                          .data_dir = "/nonexistent"};
    context.pause_between_tries = std::chrono::milliseconds{1};
    CLI::App app("orc");
    add_client_commands(app, context);
    try {
      app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ParseError& error) {
      err_ << error.what();
      return static_cast<int>(ExitCode::usage);
    }
    return static_cast<int>(context.exit_code);
  }
  int ask(std::vector<std::string> words, const std::string& input = "") {
    words.insert(words.begin(), {"deliberate", "--model", "m", "--endpoint", "http://127.0.0.1:8000"});
    return run(words, input);
  }
  std::string sent() const { return api_.seen().at(0).body; }
  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

  StubApi api_;

 private:
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(deliberation_commands, a_question_is_asked_waited_for_and_its_decision_shown) {
  api_.answer("POST /api/v1/deliberations", 202, taken)
      .answer("GET /api/v1/deliberations/d-1", 200, running)
      .answer("GET /api/v1/deliberations/d-1", 200, completed);
  EXPECT_EQ(ask({"A prime?", "--preset", "vote", "--extract", "number", "--samples", "2"}), 0) << err();
  EXPECT_EQ(
      sent(),
      R"({"task_id":"orc-deliberate","task_description":"A prime?","role":"assistant","constraints":{"story_id":"orc-deliberate","timeout_seconds":300},)"
      R"("agents":[{"id":"agent-1","role":"assistant","model":"m"},{"id":"agent-2","role":"assistant","model":"m"},{"id":"agent-3","role":"assistant","model":"m"}],)"
      R"("vllm_url":"http://127.0.0.1:8000","vllm_model":"m","per_agent_models":false,"preset":"vote","options":{"samples":2,"extract":{"kind":"number"}}})");
  EXPECT_THAT(out(),
              AllOf(HasSubstr("Decision of agent-1 by vote:\n11\n"), HasSubstr("answered"), HasSubstr("failed"), HasSubstr("not needed"),
                    HasSubstr("3 calls, 30 tokens in, 9 out, 0.500000 in money, 1.25 s"), Not(HasSubstr("\x1b"))));
}

TEST_F(deliberation_commands, what_no_majority_decided_is_said_with_what_to_do) {
  std::string ended = completed;
  ended.replace(ended.find(R"("score":1)"), 9, R"("score":0.5)");
  const auto shown = [&](const std::string& kind, const std::string& words) {
    std::string answer = ended;
    answer.replace(answer.find(R"("score_method":"vote")"), 21, R"("score_method":"vote",)" + words);
    answer.insert(1, R"("options":{"extract":{"kind":")" + kind + R"("}},)");
    const std::string id = "d-" + std::to_string(api_.seen().size());
    api_.answer("GET /api/v1/deliberations/" + id, 200, answer);
    EXPECT_EQ(run({"deliberation", "get", id}), 0) << err();
    return out();
  };
  EXPECT_THAT(shown("none", R"("votes":"all_differ")"), AllOf(HasSubstr("No two answers were equal"), HasSubstr("--extract number")));
  EXPECT_THAT(shown("number", R"("votes":"all_differ")"), AllOf(HasSubstr("No two answers were equal"), Not(HasSubstr("--extract"))));
  EXPECT_THAT(shown("none", R"("votes":"tied","abstentions":"2")"), AllOf(HasSubstr("tied"), HasSubstr("Abstentions: 2.")));
  ended.replace(ended.find(R"("score":0.5)"), 11, R"("score":0.91)");
  EXPECT_THAT(shown("none", R"("votes":"all_differ")"), Not(HasSubstr("majority")));
}

TEST_F(deliberation_commands, whom_budget_or_time_kept_from_being_asked_was_not_unneeded) {
  const auto shown = [&](std::string answer, const std::string& at, const std::string& words) {
    answer.replace(answer.find(at), at.size(), words);
    const std::string id = "d-" + std::to_string(api_.seen().size());
    api_.answer("GET /api/v1/deliberations/" + id, 200, answer);
    EXPECT_EQ(run({"deliberation", "get", id}), 0) << err();
    return out();
  };
  const std::string method = R"("score_method":"vote")";
  EXPECT_THAT(shown(completed, method, R"("budget":"reached")"),
              AllOf(HasSubstr("no budget"), HasSubstr("The budget was reached"), Not(HasSubstr("not needed"))));
  EXPECT_THAT(shown(completed, method, R"("timeout":"reached")"),
              AllOf(HasSubstr("no time"), HasSubstr("The time was over"), Not(HasSubstr("not needed"))));
  EXPECT_THAT(shown(failed, "all agents failed", "budget: it had no room"), AllOf(HasSubstr("no budget"), Not(HasSubstr("not needed"))));
  EXPECT_THAT(shown(failed, "all agents failed", "timeout: the time was over"), AllOf(HasSubstr("no time"), Not(HasSubstr("not needed"))));
  EXPECT_THAT(shown(completed, method, method), AllOf(HasSubstr("not needed"), Not(HasSubstr("reached")), Not(HasSubstr("time was over"))));
}

TEST_F(deliberation_commands, several_models_are_given_out_in_turn_and_a_cascade_parted) {
  api_.answer("POST /api/v1/deliberations", 202, taken);
  EXPECT_EQ(ask({"-", "--model", "n", "--agents", "3", "--preset", "cascade", "--no-wait"}, "from the input"), 0) << err();
  EXPECT_EQ(out(), "d-1\n");
  EXPECT_THAT(sent(),
              AllOf(HasSubstr(R"("task_description":"from the input")"), HasSubstr(R"({"id":"agent-2","role":"assistant","model":"n"})"),
                    HasSubstr(R"({"id":"agent-3","role":"assistant","model":"m"})"), HasSubstr(R"("per_agent_models":true)"),
                    HasSubstr(R"("options":{"cheap":["agent-1","agent-2"],"strong":["agent-3"]})")));
}

TEST_F(deliberation_commands, several_servers_of_the_models_are_named) {
  api_.answer("POST /api/v1/deliberations", 202, taken);
  EXPECT_EQ(ask({"--endpoint", "http://127.0.0.1:8001", "x", "--no-wait"}), 0) << err();
  EXPECT_THAT(sent(),
              AllOf(HasSubstr(R"("vllm_url":"http://127.0.0.1:8000")"), HasSubstr(R"("options":{"endpoints":["http://127.0.0.1:8001"]})")));
}

TEST_F(deliberation_commands, what_stands_in_the_options_goes_before_the_flags) {
  api_.answer("POST /api/v1/deliberations", 202, taken);
  EXPECT_EQ(ask({"x", "--samples", "2", "--seed", "7", "--options", R"({"samples": 5, "quorum": 2})", "--no-wait"}), 0) << err();
  EXPECT_THAT(sent(), HasSubstr(R"("options":{"samples":5,"quorum":2,"seed":7})"));
}

TEST_F(deliberation_commands, a_cap_on_money_stands_where_the_options_give_no_budget) {
  api_.answer("POST /api/v1/deliberations", 202, taken);
  EXPECT_EQ(ask({"x", "--money", "0.5", "--options", R"({"budget": null, "prices": {"m": {"in": 1}}})", "--no-wait"}), 0) << err();
  EXPECT_THAT(sent(), HasSubstr(R"("options":{"prices":{"m": {"in": 1}},"budget":{"money":0.5}})"));
}

TEST_F(deliberation_commands, stages_stand_instead_of_a_preset) {
  api_.answer("POST /api/v1/deliberations", 202, taken);
  EXPECT_EQ(ask({"x", "--options", R"({"stages":[{"kind":"propose"}]})", "--no-wait"}), 0) << err();
  EXPECT_THAT(sent(), AllOf(Not(HasSubstr("preset")), HasSubstr(R"("options":{"stages":[{"kind":"propose"}]})")));
}

TEST_F(deliberation_commands, one_without_a_decision_is_told_by_the_exit_code) {
  api_.answer("POST /api/v1/deliberations", 202, taken).answer("GET /api/v1/deliberations/d-1", 200, failed);
  EXPECT_EQ(ask({"x"}), 1);
  EXPECT_THAT(out(), HasSubstr("No decision: all agents failed"));
  EXPECT_EQ(ask({"x", "--json"}), 1);
  EXPECT_EQ(out(), failed + "\n");
}

TEST_F(deliberation_commands, what_is_missing_is_said_before_anything_is_asked) {
  struct Row {
    std::vector<std::string> words;
    const char* told;
  };
  const Row rows[] = {{{"deliberate", "x", "--endpoint", "http://127.0.0.1:8000"}, "--model"},
                      {{"deliberate", "x", "--model", "m"}, "--endpoint"},
                      {{"deliberate", " ", "--model", "m", "--endpoint", "http://127.0.0.1:8000"}, "no question"},
                      {{"deliberate", "x", "--model", "m", "--endpoint", "u", "--preset", "best_of_n"}, "--verifier"},
                      {{"deliberate", "x", "--model", "m", "--endpoint", "u", "--preset", "cascade", "--agents", "1"}, "--agents"},
                      {{"deliberate", "x", "--model", "m", "--endpoint", "u", "--options", "[]"}, "--options"},
                      {{"deliberate", "x", "--model", "m", "--endpoint", "u", "--money", "1", "--options", R"({"budget":{"seconds":60}})"},
                       "both give a budget"},
                      {{"deliberate", "x", "--model", "m", "--endpoint", "u", "--extract", "number", "--options", R"({"extract":{}})"},
                       "--extract and --options"},
                      {{"deliberate", "x", "--model", "m", "--endpoint", "u", "--preset", "vote", "--options", R"({"stages":[]})"},
                       "--preset and the stages"},
                      {{"deliberate", "x", "--model", "m", "--endpoint", "u", "--preset", "vote", "--strong", "2"}, "--strong"},
                      {{"deliberate", "x", "--model", "m", "--endpoint", "u", "--strong", "1"}, "--strong"},
                      {{"deliberate", "x", "--model", "m", "--endpoint", "u", "--preset", "magic"}, "--preset"},
                      {{"deliberate", "@/nonexistent", "--model", "m", "--endpoint", "u"}, "/nonexistent"}};
  for (const Row& row : rows) {
    EXPECT_EQ(run(row.words), 2) << row.told;
    EXPECT_THAT(err(), HasSubstr(row.told));
  }
  EXPECT_TRUE(api_.seen().empty());
}

// Who interrupts it, or loses the server, would not know what goes on at his cost.
TEST_F(deliberation_commands, one_that_is_under_way_is_named_with_how_to_end_it) {
  api_.answer("POST /api/v1/deliberations", 202, taken).answer("GET /api/v1/deliberations/d-1", 200, completed);
  EXPECT_EQ(ask({"x"}), 0);
  EXPECT_EQ(err(), "d-1 is under way; orc deliberation cancel d-1 ends it\n");
  EXPECT_EQ(ask({"x", "--json"}), 0);
  EXPECT_EQ(err(), "");
}

TEST_F(deliberation_commands, one_that_is_lost_sight_of_is_named) {
  api_.answer("POST /api/v1/deliberations", 202, taken).answer("GET /api/v1/deliberations/d-1", 403, R"({"detail":"not yours"})");
  EXPECT_EQ(ask({"x", "--json"}), 4);
  EXPECT_THAT(err(), AllOf(HasSubstr("not yours"), HasSubstr("d-1 may go on"), HasSubstr("orc deliberation cancel d-1")));
}

TEST_F(deliberation_commands, whoever_waits_for_one_bears_with_an_outage) {
  constexpr const char* away = R"({"detail":"away"})";
  api_.answer("POST /api/v1/deliberations", 202, taken)
      .answer("GET /api/v1/deliberations/d-1", 503, away)
      .answer("GET /api/v1/deliberations/d-1", 200, running)
      .answer("GET /api/v1/deliberations/d-1", 503, away)
      .answer("GET /api/v1/deliberations/d-1", 200, completed)
      .answer("GET /api/v1/deliberations/d-1", 503, away);
  EXPECT_EQ(ask({"x", "--json"}), 0) << err();
  EXPECT_EQ(ask({"x", "--json"}), 3);
  EXPECT_THAT(err(), AllOf(HasSubstr("away"), HasSubstr("d-1 may go on")));
}

// A stream that ends without an event was no silence, and does not hide that the server went away later.
TEST_F(deliberation_commands, one_that_is_watched_outlives_an_outage_but_no_server_that_stays_away) {
  for (int i = 0; i < 70; ++i) api_.answer("GET /api/v1/deliberations/d-1/stream", 200, "retry: 1000\n\n");
  api_.answer("GET /api/v1/deliberations/d-1/stream", 503, R"({"detail":"away"})");
  EXPECT_EQ(run({"deliberation", "watch", "d-1"}), 3);
  EXPECT_EQ(api_.seen().size(), 70U + Outage::tries_max + 1);
  api_.answer("GET /api/v1/deliberations/d-2/stream", 200, "event: end\ndata: {\"status\":\"completed\"}\n\n")
      .answer("GET /api/v1/deliberations/d-2", 503, R"({"detail":"away"})")
      .answer("GET /api/v1/deliberations/d-2", 200, completed);
  EXPECT_EQ(run({"deliberation", "watch", "d-2"}), 0) << err();
}

TEST_F(deliberation_commands, a_refusal_is_shown_in_the_servers_words) {
  api_.answer("POST /api/v1/deliberations", 403, R"({"detail":"vllm_url http://10.0.0.1 is not allowed"})");
  EXPECT_EQ(ask({"x"}), 4);
  EXPECT_THAT(err(), HasSubstr("vllm_url http://10.0.0.1 is not allowed"));
}

TEST_F(deliberation_commands, deliberations_are_listed_shown_and_cancelled) {
  api_.answer("GET /api/v1/deliberations?limit=20&skip=0&status=running&scope=all", 200, R"({"total":7,"items":[)" + completed + "]}")
      .answer("GET /api/v1/deliberations/d-1", 200, completed)
      .answer("POST /api/v1/deliberations/d-1/cancel", 202, failed);
  EXPECT_EQ(run({"deliberation", "list", "--status", "running", "--all"}), 0) << err();
  EXPECT_THAT(out(), AllOf(HasSubstr("d-1"), HasSubstr("1.25 s"), HasSubstr("1 of 7")));
  EXPECT_EQ(run({"deliberation", "get", "d-1"}), 0);
  EXPECT_THAT(out(), HasSubstr("Decision of agent-1"));
  EXPECT_EQ(run({"deliberation", "cancel", "d-1"}), 0);
  EXPECT_THAT(out(), HasSubstr("deliberation d-1 failed"));
}

constexpr const char* events =
    "id: 1\nevent: begin\ndata: {\"agents\":[{\"agent_id\":\"a\",\"model\":\"m\"},{\"agent_id\":\"b\",\"model\":\"m\"}]}\n\n"
    "id: 2\nevent: phase\ndata: {\"stage\":0,\"kind\":\"propose\"}\n\n"
    "id: 3\nevent: delta\ndata: {\"agent_id\":\"a\",\"stage\":0,\"sample\":0,\"attempt\":1,\"text\":\"lost \"}\n\n"
    "id: 4\nevent: delta\ndata: {\"agent_id\":\"a\",\"stage\":0,\"sample\":0,\"attempt\":2,\"text\":\"It is \"}\n\n"
    "id: 5\nevent: delta\ndata: {\"agent_id\":\"a\",\"stage\":0,\"sample\":0,\"attempt\":2,\"text\":\"11.\\u001b[31m\"}\n\n";

std::string drawn(const std::string& bytes) {
  WatchedDeliberation watched;
  EventReader reader;
  reader.add(bytes, [&](const ServerEvent& event) { watched.take(event); });
  std::ostringstream text;
  watched.table(12, 10).print(text, {});
  return text.str() + watched.phase_words();
}

TEST(watched_deliberation, agents_stand_side_by_side_with_the_end_of_what_they_write) {
  EXPECT_THAT(drawn(events), AllOf(HasSubstr("writing"), HasSubstr("11.·[31m"), Not(HasSubstr("lost")), HasSubstr("waiting"),
                                   HasSubstr("propose, 0 of 2 answered")));
}

constexpr const char* answers =
    "event: agent\ndata: {\"agent_id\":\"a\",\"sample\":0,\"state\":\"answered\",\"duration_ms\":1250}\n\n"
    "event: agent\ndata: {\"agent_id\":\"b\",\"sample\":0,\"state\":\"timed_out\",\"error\":\"late\\u001b\"}\n\n";
constexpr const char* next_phase = "id: 8\nevent: phase\ndata: {\"stage\":1,\"kind\":\"critique\"}\n\n";

TEST(watched_deliberation, whom_a_phase_asks_waits_anew_and_who_is_not_asked_stays_as_he_was) {
  const std::string proposed = std::string(events) + answers;
  EXPECT_THAT(drawn(proposed), HasSubstr("propose, 1 of 2 answered"));
  EXPECT_THAT(drawn(proposed + next_phase), AllOf(HasSubstr("waiting"), Not(HasSubstr("answered  ")), Not(HasSubstr("failed")),
                                                  HasSubstr("critique, 0 of 2 answered"), Not(HasSubstr("11."))));
  const std::string one_asked = "event: phase\ndata: {\"stage\":1,\"kind\":\"aggregate\",\"agents\":[\"b\"]}\n\n";
  EXPECT_THAT(drawn(proposed + one_asked), AllOf(HasSubstr("answered  "), HasSubstr("waiting"), HasSubstr("aggregate, 0 of 1 answered")));
  const std::string none_asked = "event: phase\ndata: {\"stage\":1,\"kind\":\"verify\",\"agents\":[]}\n\n";
  EXPECT_THAT(drawn(proposed + none_asked), AllOf(HasSubstr("answered  "), Not(HasSubstr("waiting")), testing::EndsWith("verify")));
}

// It is told once more after a restart of the service, and goes on with the calls that are missing.
TEST(watched_deliberation, who_has_ended_in_a_phase_that_goes_on_is_not_asked_again) {
  const std::string writing = "event: delta\ndata: {\"agent_id\":\"b\",\"stage\":0,\"sample\":0,\"attempt\":1,\"text\":\"lost\"}\n\n";
  const std::string once_more = "event: phase\ndata: {\"stage\":0,\"kind\":\"propose\"}\n\n";
  const std::string one_answered = std::string(answers).substr(0, std::string(answers).find("\n\n") + 2);
  EXPECT_THAT(drawn(std::string(events) + one_answered + writing + once_more),
              AllOf(HasSubstr("answered  "), HasSubstr("waiting"), Not(HasSubstr("lost")), HasSubstr("propose, 1 of 2 answered")));
}

// Nobody can move above a terminal's top: each event would append the whole table again.
TEST(watched_deliberation, of_more_agents_than_there_are_rows_those_that_write_are_shown) {
  WatchedDeliberation watched;
  std::string begin;
  for (int i = 0; i < 20; ++i) begin += (i == 0 ? "" : ",") + (R"({"agent_id":"a-)" + std::to_string(i)) + R"(","model":"m"})";
  watched.take({.id = "1", .kind = "begin", .data = R"({"agents":[)" + begin + "]}"});
  watched.take({.id = "2", .kind = "delta", .data = R"({"agent_id":"a-17","text":"It is 11"})"});
  for (const char* id : {"a-0", "a-12", "a-19"})
    watched.take({.id = "3", .kind = "agent", .data = R"({"agent_id":")" + std::string(id) + R"(","state":"answered"})"});
  std::ostringstream text;
  watched.table(12, 3).print(text, {});
  const std::string drawn = text.str();
  EXPECT_EQ(std::ranges::count(drawn, '\n'), 4);
  EXPECT_THAT(drawn, AllOf(HasSubstr("a-0"), HasSubstr("a-1 "), HasSubstr("It is 11"), Not(HasSubstr("a-2"))));
  EXPECT_EQ(watched.words_of_others(3), "… and 17 more, 2 of them answered");
  EXPECT_EQ(watched.words_of_others(20), "");
}

TEST(watched_deliberation, answers_failures_and_scores_are_told) {
  EXPECT_THAT(drawn(std::string(events) + "id: 6\nevent: proposal\ndata: {\"agent_id\":\"a\",\"text\":\"eleven\"}\n\n"
                                          "event: agent\ndata: {\"agent_id\":\"a\",\"state\":\"answered\"}\n\n"
                                          "event: agent\ndata: {\"agent_id\":\"b\",\"state\":\"failed\",\"error\":\"it broke\"}\n\n"
                                          "event: score\ndata: {\"agent_id\":\"a\",\"score\":0.75}\n\n"),
              AllOf(HasSubstr("eleven"), HasSubstr("answered"), HasSubstr("it broke"), HasSubstr("0.75"), HasSubstr("1 of 2 answered")));
}

TEST_F(deliberation_commands, one_that_the_server_has_no_room_for_now_is_asked_for_again) {
  const std::string busy = R"({"detail":"The bodies and answers in flight leave no room for this one; try again later."})";
  api_.answer("GET /api/v1/deliberations/d-1", 503, busy).answer("GET /api/v1/deliberations/d-1", 200, completed);
  EXPECT_EQ(run({"deliberation", "get", "d-1"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Decision of agent-1"));
}

TEST_F(deliberation_commands, an_answer_that_is_larger_than_any_is_told_as_that) {
  namespace asio = boost::asio;
  asio::io_context loop;
  asio::ip::tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  const std::string url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  std::thread server([&] {
    auto socket = acceptor.accept();
    std::string head;
    asio::read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n");
    asio::write(socket, asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 1073741825\r\n\r\n")));
  });
  EXPECT_EQ(run({"deliberation", "get", "d-1", "--url", url}), 6);
  server.join();
  EXPECT_THAT(err(), AllOf(HasSubstr("larger than 1073741824 bytes, and orc reads no larger ones"), Not(HasSubstr("start one"))));
}

TEST_F(deliberation_commands, one_is_watched_to_its_end_and_shown) {
  api_.answer("GET /api/v1/deliberations/d-1/stream", 200, std::string(events) + "id: 9\nevent: end\ndata: {\"status\":\"completed\"}\n\n")
      .answer("GET /api/v1/deliberations/d-1", 200, completed);
  EXPECT_EQ(run({"deliberation", "watch", "d-1"}), 0) << err();
  EXPECT_THAT(out(), HasSubstr("Decision of agent-1"));
  EXPECT_EQ(err(), "propose: 2 agents are asked\n");
  EXPECT_EQ(run({"deliberation", "watch", "d-1", "--json"}), 0);
  EXPECT_EQ(err(), "");
  EXPECT_THAT(out(), AllOf(HasSubstr("\"text\":\"It is \""), HasSubstr("{\"status\":\"completed\"}\n{\"deliberation_id\"")));
}

TEST_F(deliberation_commands, whoever_watches_without_a_terminal_is_told_in_lines) {
  const std::string told = std::string(events) + answers + next_phase +
                           "event: phase\ndata: {\"stage\":2,\"kind\":\"verify\",\"agents\":[]}\n\n"
                           "event: score\ndata: {\"agent_id\":\"a\",\"score\":0.916666}\n\n"
                           "id: 9\nevent: end\ndata: {\"status\":\"completed\"}\n\n";
  api_.answer("POST /api/v1/deliberations", 202, taken)
      .answer("GET /api/v1/deliberations/d-1/stream", 200, told)
      .answer("GET /api/v1/deliberations/d-1", 200, completed);
  EXPECT_EQ(ask({"x", "--watch"}), 0) << err();
  EXPECT_THAT(err(), HasSubstr("ends it\npropose: 2 agents are asked\na answered after 1.25 s\nb timed out: late·\n"
                               "critique: 2 agents are asked\nverify: a plugin is asked\na is scored 0.9166\n"));
}

}  // namespace
}  // namespace orc
