// The log of a job, read and followed.
#include "adapters/cli/client_commands_test_site.h"

namespace orc {
namespace {

class LogCommandTest : public ClientCommandsTest {
 protected:
  static std::string line(int number) {
    return R"({"n":)" + std::to_string(number) + R"(,"t":"2026-01-31T12:00:00.000Z","stream":"err","text":"line )" +
           std::to_string(number) + "\"}";
  }
  static std::string page(int total, int first, int last) {
    std::string text = R"({"total":)" + std::to_string(total) + R"(,"items":[)";
    for (int number = first; number <= last; ++number) text += (number == first ? "" : ",") + line(number);
    return text + "]}";
  }
  static std::string lines(int first, int last) {
    std::string text;
    for (int number = first; number <= last; ++number) text += "line " + std::to_string(number) + "\n";
    return text;
  }
  void answer(const std::string& query, const std::string& body) { api_.answer("GET /api/v1/jobs/7/logs?format=json&" + query, 200, body); }
};

TEST_F(LogCommandTest, a_mark_on_a_terminal_stands_where_another_attempt_begins) {
  const std::string told =
      R"({"total":3,"items":[{"n":1,"t":"2026-01-31T12:00:00.500Z","text":"one"},)"
      R"({"n":2,"t":"2026-01-31T12:00:02.000Z","text":"two"},{"n":3,"t":"2026-01-31T12:00:03.000Z","text":"b\u001b[31m"}]})";
  answer("from=1&limit=10000", told);
  api_.answer(
      "GET /api/v1/jobs/7/attempts", 200,
      R"({"total":2,"items":[{"number":1,"started_at":"2026-01-31T12:00:00.000Z"},{"number":2,"started_at":"2026-01-31T12:00:02.000Z"}]})");
  terminal_.out_is_terminal = true;
  EXPECT_EQ(run({"job", "logs", "7"}), 0) << err();
  EXPECT_EQ(out(), "one\n--- attempt 2 ---\ntwo\nb\n");
  EXPECT_EQ(run({"job", "logs", "7", "--json"}), 0) << err();
  EXPECT_EQ(out(), told + "\n");
  terminal_.out_is_terminal = false;
  EXPECT_EQ(run({"job", "logs", "7"}), 0) << err();
  EXPECT_EQ(out(), "one\ntwo\nb\x1b[31m\n");
  EXPECT_EQ(err(), "");
}

TEST_F(LogCommandTest, a_long_log_is_read_to_its_end) {
  answer("from=1&limit=10000", page(12'001, 1, 10'000));
  answer("from=10001&limit=10000", page(12'002, 10'001, 12'002));
  EXPECT_EQ(run({"job", "logs", "7"}), 0) << err();
  EXPECT_EQ(out(), lines(1, 12'002));
  EXPECT_EQ(run({"job", "logs", "7", "--json"}), 0) << err();
  EXPECT_EQ(out(), page(12'002, 1, 12'002) + "\n");
  answer("from=9&limit=10000", page(10'008, 9, 10'008));
  answer("from=10009&limit=10000", page(10'008, 1, 0));
  EXPECT_EQ(run({"job", "logs", "7", "--from", "9"}), 0) << err();
  EXPECT_EQ(out(), lines(9, 10'008));
  EXPECT_EQ(err(), "");
}

TEST_F(LogCommandTest, what_a_limit_leaves_out_is_said_and_how_to_get_it) {
  answer("from=2&limit=3", page(9, 2, 4));
  EXPECT_EQ(run({"job", "logs", "7", "--from", "2", "--limit", "3"}), 0) << err();
  EXPECT_EQ(out(), lines(2, 4));
  EXPECT_EQ(err(), "Lines 5 to 9 are not shown. They begin with: orc job logs 7 --from 5; the last ones: --tail 3\n");
  answer("from=1&limit=10000", page(10'004, 1, 10'000));
  answer("from=10001&limit=4", page(10'004, 10'001, 10'004));
  EXPECT_EQ(run({"job", "logs", "7", "--limit", "10004"}), 0) << err();
  EXPECT_EQ(out(), lines(1, 10'004));
  EXPECT_EQ(err(), "");
}

TEST_F(LogCommandTest, the_tail_is_the_last_lines_that_there_are) {
  answer("from=1&limit=1", page(20, 1, 1));
  answer("from=18&limit=10000", page(21, 18, 21));
  EXPECT_EQ(run({"job", "logs", "7", "--tail", "3"}), 0) << err();
  EXPECT_EQ(out(), lines(19, 21)) << "one came meanwhile";
  answer("from=1&limit=10000", page(20, 1, 20));
  EXPECT_EQ(run({"job", "logs", "7", "--tail", "30"}), 0) << err();
  EXPECT_EQ(out(), lines(1, 20));
  EXPECT_EQ(run({"job", "logs", "7", "--tail", "3", "--from", "2"}), 2);
  EXPECT_EQ(run({"job", "logs", "7", "--tail", "3", "--limit", "2"}), 2);
  EXPECT_EQ(run({"job", "logs", "7", "--tail", "0"}), 2);
}

constexpr const char* stream = "GET /api/v1/jobs/7/logs/stream";

TEST_F(LogCommandTest, a_tail_that_is_followed_begins_with_the_last_lines) {
  answer("from=1&limit=1", page(20, 1, 1));
  api_.answer(stream, 200, "id: 19\nevent: line\ndata: " + line(19) + "\n\nevent: end\ndata: {\"status\":\"completed\"}\n\n");
  EXPECT_EQ(run({"job", "logs", "7", "-f", "--tail", "2"}), 0) << err();
  EXPECT_EQ(out(), lines(19, 19));
  EXPECT_EQ(api_.seen().back().last_event_id, "18");
}

TEST_F(LogCommandTest, a_follower_gives_up_a_server_that_stays_away_also_after_streams_without_an_event) {
  for (int i = 0; i < 70; ++i) api_.answer(stream, 200, "retry: 1000\n\n");
  api_.answer(stream, 503, R"({"detail":"away"})");
  EXPECT_EQ(run({"job", "logs", "7", "-f"}), 3);
  EXPECT_TRUE(err().contains("away")) << err();
  EXPECT_EQ(api_.seen().size(), 70U + Outage::tries_max + 1);
}

}  // namespace
}  // namespace orc
