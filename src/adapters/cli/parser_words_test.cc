#include "adapters/cli/parser_words.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>
#include <sstream>

#include "adapters/cli/indented_json.h"
#include "adapters/cli/nearest_word.h"

namespace orc {
namespace {

struct Said {
  int code = 0;
  std::string out;
  std::string err;
};

// What a small program of our kind says to these words.
Said say(std::vector<std::string> words) {
  CLI::App app("A program", "orc");
  app.require_subcommand(1);
  auto* job = app.add_subcommand("job", "Jobs");
  job->require_subcommand(1);
  auto* list = job->add_subcommand("list", "List them");
  int limit = 0;
  double share = 0;
  std::string status;
  std::string id;
  list->add_option("--limit", limit, "At most")->check(CLI::Range(1, 1000));
  list->add_option("--wait", limit, "How long")->type_name("SECONDS")->check(CLI::Range(0, 604'800));
  list->add_option("--share", share, "How much")->check(CLI::NonNegativeNumber);
  list->add_option("--status", status, "Which")->check(CLI::IsMember({"queued", "failed"}));
  auto* get = job->add_subcommand("get", "Show one");
  get->add_option("ID", id, "Which")->required();
  get->footer("Exit codes: 0 of its own");
  app.add_subcommand("serve", "Serve");
  word_help(app);
  std::ranges::reverse(words);
  Said said;
  std::ostringstream out;
  std::ostringstream err;
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    said.code = static_cast<int>(explain(app, error, out, err));
  }
  said.out = out.str();
  said.err = err.str();
  return said;
}

TEST(ParserWords, what_is_wrong_with_a_command_line_is_named_with_what_may_have_been_meant) {
  const struct {
    std::vector<std::string> words;
    std::vector<std::string> said;
  } cases[] = {
      {{"jbo", "list"}, {"orc: unknown command \"jbo\" after \"orc\"; did you mean \"job\"?\nCommands: job, serve\nMore: orc --help\n"}},
      {{"job", "nonsense"}, {"orc: unknown command \"nonsense\" after \"orc job\"\nCommands: list, get\nMore: orc job --help\n"}},
      {{"job", "lsit"}, {"did you mean \"list\"?"}},
      {{"job"}, {"orc: a command is missing after \"orc job\"\nCommands: list, get\n"}},
      {{}, {"orc: a command is missing after \"orc\"\n"}},
      {{"job", "list", "--limt", "3"},
       {"orc: unknown option \"--limt\" after \"orc job list\"; did you mean \"--limit\"?\n", "More: orc job list --help"}},
      {{"job", "list", "what"}, {"orc: unexpected argument \"what\" after \"orc job list\""}},
      {{"job", "get"}, {"orc: ID is required\n", "More: orc job get --help"}},
      {{"job", "list", "--limit", "0"}, {"orc: --limit", "1000"}},
      {{"j\x1b[31mb"}, {"\"j·[31mb\""}}};
  for (const auto& [words, expected] : cases) {
    const Said said = say(words);
    EXPECT_EQ(said.code, 2) << said.err;
    EXPECT_TRUE(said.out.empty()) << said.out;
    EXPECT_TRUE(said.err.starts_with("orc: ")) << said.err;
    for (const auto& part : expected) EXPECT_TRUE(said.err.contains(part)) << said.err;
  }
}

TEST(ParserWords, help_has_no_terms_of_the_parser_and_ends_with_the_exit_codes) {
  const Said said = say({"job", "list", "--help"});
  EXPECT_EQ(said.code, 0);
  for (const char* part :
       {"--limit NUMBER ", "--wait SECONDS ", "--share NUMBER ", "--status queued|failed ", "Exit codes: 0 ok; 1 ", "130 "})
    EXPECT_TRUE(said.out.contains(part)) << part << said.out;
  for (const char* term : {"INT", "FLOAT", " in [", "NONNEGATIVE", "{"}) EXPECT_FALSE(said.out.contains(term)) << term << said.out;
  EXPECT_TRUE(say({"job", "--help"}).out.contains("Exit codes: 0 ok"));
  const Said other = say({"job", "get", "--help"});
  EXPECT_TRUE(other.out.contains("Exit codes: 0 of its own") && !other.out.contains("0 ok")) << other.out;
}

TEST(NearestWord, it_is_near_or_nothing) {
  const std::vector<std::string> choices{"list", "logs", "cancel", "retry", "limits.timeout_seconds"};
  const struct {
    const char* word;
    std::optional<std::string> nearest;
  } cases[] = {{"lsit", "list"}, {"log", "logs"}, {"cancle", "cancel"}, {"limits.timeout_secs", "limits.timeout_seconds"},
               {"fly", {}},      {"", {}}};
  for (const auto& [word, nearest] : cases) EXPECT_EQ(nearest_word(word, choices), nearest) << word;
  EXPECT_EQ(nearest_word(std::string(10'000, 'l'), choices), std::nullopt);
}

TEST(IndentedLines, each_member_of_an_object_has_a_line) {
  const struct {
    const char* json;
    std::vector<std::string> lines;
  } cases[] = {{"true", {"true"}},
               {"{ }", {"{}"}},
               {R"({"a":[1, 2],"b":{"c":"x,{\"}"},"d":{}})",
                {"{", R"(  "a": [1, 2],)", R"(  "b": {)", R"(    "c": "x,{\"}")", "  },", R"(  "d": {})", "}"}},
               {R"([{"a":1},{"a":2}])", {"[{", R"(  "a": 1)", "}, {", R"(  "a": 2)", "}]"}}};
  for (const auto& [json, lines] : cases) EXPECT_EQ(indented_lines(json), lines) << json;
}

}  // namespace
}  // namespace orc
