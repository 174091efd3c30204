#include "domain/job/job_state.h"

#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace orc {
namespace {

using Table = std::map<std::pair<JobStatus, JobTrigger>, JobStatus>;

// The life of a job, said a second time and in another way than the code says it.
const Table& moves() {
  using enum JobStatus;
  using enum JobTrigger;
  static const Table table = {
      {{queued, claimed}, processing},         {{queued, cancel_asked}, cancelled},    {{queued, plugin_removed}, failed},
      {{queued, waited_too_long}, failed},     {{processing, succeeded}, completed},   {{processing, failed_for_now}, queued},
      {{processing, given_back}, queued},      {{processing, worker_lost}, queued},    {{processing, failed_for_good}, failed},
      {{processing, cancel_asked}, cancelled}, {{processing, plugin_removed}, failed}, {{completed, retry_asked}, queued},
      {{failed, retry_asked}, queued},         {{cancelled, retry_asked}, queued},     {{processing, not_started}, queued},
  };
  return table;
}

TEST(JobState, every_pair_of_state_and_trigger_does_what_the_table_says) {
  for (const JobStatus from : job_statuses) {
    for (const JobTrigger trigger : job_triggers) {
      const auto move = moves().find({from, trigger});
      const auto expected = move == moves().end() ? std::optional<JobStatus>{} : std::optional(move->second);
      EXPECT_EQ(next_status(from, trigger), expected) << to_word(from) << " + " << to_word(trigger);
    }
  }
}

TEST(JobState, the_lists_name_every_state_and_trigger_once) {
  EXPECT_EQ(std::set(job_statuses.begin(), job_statuses.end()).size(), 5u);
  EXPECT_EQ(std::set(job_triggers.begin(), job_triggers.end()).size(), 11u);
  for (std::size_t i = 0; i < job_statuses.size(); ++i)
    EXPECT_EQ(std::to_underlying(job_statuses.at(i)), i) << "JobCounts is indexed by it";
}

TEST(JobState, only_a_persons_wish_brings_an_ended_job_back) {
  for (const JobStatus from : job_statuses)
    for (const JobTrigger trigger : job_triggers)
      if (is_terminal(from)) EXPECT_EQ(next_status(from, trigger).has_value(), trigger == JobTrigger::retry_asked);
}

TEST(JobState, every_state_can_end) {
  for (const JobStatus from : job_statuses) {
    const auto after = next_status(from, JobTrigger::cancel_asked);
    EXPECT_TRUE(is_terminal(from) || (after && is_terminal(*after))) << to_word(from);
  }
}

TEST(JobState, every_state_is_reached_from_queued) {
  std::set<JobStatus> reached = {JobStatus::queued};
  for (std::size_t round = 0; round < job_statuses.size(); ++round)
    for (const auto& [pair, to] : moves())
      if (reached.contains(pair.first)) reached.insert(to);
  EXPECT_EQ(reached.size(), job_statuses.size());
}

TEST(JobState, the_words_are_those_of_the_contract) {
  const std::pair<JobStatus, std::string_view> words[] = {{JobStatus::queued, "queued"},
                                                          {JobStatus::processing, "processing"},
                                                          {JobStatus::completed, "completed"},
                                                          {JobStatus::failed, "failed"},
                                                          {JobStatus::cancelled, "cancelled"}};
  for (const auto& [status, word] : words) {
    EXPECT_EQ(to_word(status), word);
    EXPECT_EQ(job_status_from_word(word), status);
  }
  for (const std::string_view word : {"", "Queued", "queue", "queued ", "done"}) EXPECT_FALSE(job_status_from_word(word)) << word;
}

TEST(JobState, every_trigger_has_a_word_of_its_own) {
  std::set<std::string_view> words;
  for (const JobTrigger trigger : job_triggers) words.insert(to_word(trigger));
  EXPECT_EQ(words.size(), job_triggers.size());
  EXPECT_FALSE(words.contains(""));
}

}  // namespace
}  // namespace orc
