// docs/job_states.md is drawn from the transition table, so that neither can change alone. To draw it anew:
//   ORC_REWRITE=1 build/asan/tests/documents/orc_documents_test
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>

#include "domain/job/job_state.h"

namespace orc {
namespace {

constexpr std::string_view document = ORC_REPOSITORY "/docs/job_states.md";
constexpr std::string_view first_mark = "<!-- drawn from src/domain/job/job_state.h; do not edit from here -->\n";
constexpr std::string_view last_mark = "<!-- to here -->\n";

std::string diagram() {
  std::ostringstream out;
  out << "```mermaid\nstateDiagram-v2\n  [*] --> " << to_word(JobStatus::queued) << ": submitted\n";
  for (const JobStatus from : job_statuses) {
    for (const JobTrigger trigger : job_triggers)
      if (const auto to = next_status(from, trigger))
        out << "  " << to_word(from) << " --> " << to_word(*to) << ": " << to_word(trigger) << "\n";
  }
  out << "```\n";
  return out.str();
}

std::string table() {
  std::ostringstream out;
  out << "| what happens |";
  for (const JobStatus from : job_statuses) out << " " << to_word(from) << " |";
  out << "\n|---|";
  for (std::size_t column = 0; column < job_statuses.size(); ++column) out << "---|";
  out << "\n";
  for (const JobTrigger trigger : job_triggers) {
    out << "| `" << to_word(trigger) << "` |";
    for (const JobStatus from : job_statuses) {
      const auto to = next_status(from, trigger);
      out << " " << (to ? to_word(*to) : "–") << " |";
    }
    out << "\n";
  }
  return out.str();
}

std::string read(std::string_view file) {
  std::ifstream in{std::string(file)};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(JobStatesDocument, is_drawn_from_the_transition_table) {
  const std::string text = read(document);
  const auto first = text.find(first_mark);
  const auto last = text.find(last_mark);
  ASSERT_NE(first, std::string::npos) << document << " has no line\n" << first_mark;
  ASSERT_NE(last, std::string::npos) << document << " has no line\n" << last_mark;

  const std::string drawn = "\n" + diagram() + "\n" + table() + "\n";
  const auto start = first + first_mark.size();
  if (std::getenv("ORC_REWRITE") != nullptr) {
    std::ofstream{std::string(document)} << text.substr(0, start) << drawn << text.substr(last);
    return;
  }
  EXPECT_EQ(text.substr(start, last - start), drawn) << "Draw it anew: ORC_REWRITE=1 build/asan/tests/documents/orc_documents_test";
}

TEST(JobStatesDocument, names_every_trigger_once_in_its_prose) {
  const std::string text = read(document);
  for (const JobTrigger trigger : job_triggers)
    EXPECT_NE(text.find("- `" + std::string(to_word(trigger)) + "`: "), std::string::npos) << to_word(trigger) << " is not explained";
}

}  // namespace
}  // namespace orc
