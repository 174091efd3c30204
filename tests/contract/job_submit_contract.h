#pragma once

#include <algorithm>

#include "tests/contract/job_store_suite.h"

namespace orc {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

TEST_P(JobStoreContract, a_submitted_job_is_read_back_as_it_was_given) {
  NewJob given = job();
  given.priority = 7;
  given.share_key = "team a";
  given.run_at = start + 10s;
  given.timeout = 90s;
  given.attempts_max = 3;
  given.labels = {{"colour", "blue"}, {"empty", ""}};
  const auto submitted = ok(db.jobs.submit({given}));
  ASSERT_EQ(submitted.size(), 1u);
  EXPECT_FALSE(submitted[0].is_repeat);
  EXPECT_EQ(submitted[0].created_at, start);

  const Job read = get(submitted[0].id);
  EXPECT_EQ(read.id, submitted[0].id);
  EXPECT_EQ(read.plugin, plugin.id);
  EXPECT_EQ(read.version_id, plugin.current.id);
  EXPECT_EQ(read.plugin_name, "echo");
  EXPECT_EQ(read.plugin_version, "1.0.0");
  EXPECT_EQ(read.status, JobStatus::queued);
  EXPECT_EQ(read.input, given.input);
  EXPECT_EQ(read.owner, user.id);
  EXPECT_EQ(read.created_at, start);
  EXPECT_EQ(read.priority, 7);
  EXPECT_EQ(read.share_key, "team a");
  EXPECT_EQ(read.run_at, start + 10s);
  EXPECT_EQ(read.timeout, 90s);
  EXPECT_EQ(read.attempts, 0);
  EXPECT_EQ(read.attempts_max, 3);
  EXPECT_EQ(read.labels, given.labels);
  EXPECT_FALSE(read.result || read.error_message || read.started_at || read.completed_at);
}

TEST_P(JobStoreContract, what_was_left_out_stays_out) {
  NewJob given = job();
  given.owner.reset();
  const Job read = get(submit(given));
  EXPECT_FALSE(read.owner || read.run_at || read.timeout);
  EXPECT_TRUE(read.labels.empty());
  EXPECT_EQ(read.priority, job_priority_default);
}

TEST_P(JobStoreContract, inputs_keep_their_bytes) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  for (const std::string& text : {std::string("{}"), std::string("{ \"a\" : 1.0e+2 }\n"), std::string("{\"\xC3\xA4\": \"\\u0000\"}"),
                                  every_byte, std::string(Payload::inline_bytes_max, 'x')}) {
    NewJob given = job();
    given.input.text = text;
    EXPECT_EQ(get(submit(given)).input.text, text);
  }
}

TEST_P(JobStoreContract, an_input_in_the_blob_store_comes_back_as_its_hash) {
  NewJob given = job();
  given.input = {.text = {}, .blob = ContentHash{}};
  given.input.blob->bytes.fill(0xAB);
  const JobId id = submit(given);
  EXPECT_EQ(get(id).input, given.input);
  EXPECT_EQ(claim(1).at(0).input, given.input);
}

TEST_P(JobStoreContract, ids_rise_in_the_order_given_and_answers_stand_in_it) {
  std::vector<NewJob> batch(20, job());
  for (int i = 0; i < 20; ++i) batch[static_cast<std::size_t>(i)].labels = {{"n", std::to_string(i)}};
  const auto ids = submit_all(batch);
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  EXPECT_GT(ids.front(), JobId{0});
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(get(ids[i]).labels.at("n"), std::to_string(i));
  EXPECT_GT(submit(job()), ids.back());
}

TEST_P(JobStoreContract, a_batch_may_have_a_thousand_jobs) {
  const auto ids = submit_all(std::vector<NewJob>(job_batch_max, job()));
  EXPECT_EQ(ids.size(), job_batch_max);
  EXPECT_EQ(count_of(JobStatus::queued), std::ssize(ids));
}

TEST_P(JobStoreContract, one_bad_job_in_a_batch_stores_none) {
  NewJob bad = job();
  bad.version = PluginVersionId{999'999};
  EXPECT_EQ(code_of(db.jobs.submit({job(), job_with_key(key("k")), bad})), ErrorCode::not_found);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 0);
  EXPECT_EQ(ok(db.reader.counts({})), JobCounts{});
  EXPECT_FALSE(ok(db.jobs.submit({job_with_key(key("k"))})).front().is_repeat) << "the key was kept though the batch was not";
}

TEST_P(JobStoreContract, a_job_for_a_removed_plugin_is_refused) {
  submit(job());  // keeps the version readable
  ok(db.plugins.erase(plugin.id));
  EXPECT_EQ(code_of(db.jobs.submit({job()})), ErrorCode::not_found);
}

TEST_P(JobStoreContract, a_job_of_a_deleted_user_is_refused) {
  ok(db.users.erase(user.id));
  EXPECT_EQ(code_of(db.jobs.submit({job()})), ErrorCode::not_found);
}

TEST_P(JobStoreContract, a_job_stays_with_the_version_that_it_was_submitted_for) {
  const JobId before = submit(job());
  const Plugin changed = ok(db.plugins.change(plugin.id, {.version = "2.0.0"}));
  const JobId after = submit(job_for(changed));
  EXPECT_EQ(get(before).plugin_version, "1.0.0");
  EXPECT_EQ(get(after).plugin_version, "2.0.0");
  const auto claimed = claim(2);
  EXPECT_EQ(claimed.at(0).version, plugin.current.id);
  EXPECT_EQ(claimed.at(1).version, changed.current.id);
}

TEST_P(JobStoreContract, the_id_of_an_erased_job_is_not_given_again) {
  const JobId first = submit(job());
  ok(db.jobs.erase(first));
  EXPECT_GT(submit(job()), first);
}

// Idempotency.

TEST_P(JobStoreContract, the_same_key_with_the_same_request_makes_one_job) {
  const auto first = ok(db.jobs.submit({job_with_key(key("k"))})).front();
  db.clock.advance(5min);
  const auto second = ok(db.jobs.submit({job_with_key(key("k"))})).front();
  EXPECT_FALSE(first.is_repeat);
  EXPECT_TRUE(second.is_repeat);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.created_at, first.created_at);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 1);
  EXPECT_EQ(count_of(JobStatus::queued), 1);
}

TEST_P(JobStoreContract, a_key_names_its_job_even_after_it_ended) {
  const ClaimedJob claimed = running(job_with_key(key("k")));
  finish(success(claimed));
  const auto again = ok(db.jobs.submit({job_with_key(key("k"))})).front();
  EXPECT_TRUE(again.is_repeat);
  EXPECT_EQ(again.id, claimed.id);
  EXPECT_EQ(get(claimed.id).status, JobStatus::completed);
}

TEST_P(JobStoreContract, the_same_key_with_another_request_is_refused) {
  submit(job_with_key(key("k", 1)));
  const Error error = error_of(db.jobs.submit({job_with_key(key("k", 2))}));
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 1);
  EXPECT_TRUE(ok(db.jobs.submit({job_with_key(key("k", 1))})).front().is_repeat) << "the refusal must not replace the first request";
}

TEST_P(JobStoreContract, keys_of_different_owners_are_different_keys) {
  submit(job_with_key(key("k", 1)));
  NewJob of_admin = job_with_key(key("k", 2));
  of_admin.owner = admin.id;
  EXPECT_FALSE(ok(db.jobs.submit({of_admin})).front().is_repeat);
}

TEST_P(JobStoreContract, a_key_may_repeat_within_one_batch) {
  const auto answers = ok(db.jobs.submit({job_with_key(key("k")), job(), job_with_key(key("k"))}));
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_FALSE(answers[0].is_repeat || answers[1].is_repeat);
  EXPECT_TRUE(answers[2].is_repeat);
  EXPECT_EQ(answers[2].id, answers[0].id);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 2);
}

TEST_P(JobStoreContract, a_key_with_two_requests_in_one_batch_refuses_the_batch) {
  EXPECT_EQ(code_of(db.jobs.submit({job(), job_with_key(key("k", 1)), job_with_key(key("k", 2))})), ErrorCode::invalid_argument);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 0);
}

TEST_P(JobStoreContract, a_key_lives_for_24_hours) {
  const auto first = ok(db.jobs.submit({job_with_key(key("k"))})).front();
  db.clock.advance(24h - 1ms);
  EXPECT_TRUE(ok(db.jobs.submit({job_with_key(key("k"))})).front().is_repeat) << "and a repeat does not prolong it";
  db.clock.advance(1ms);
  const auto later = ok(db.jobs.submit({job_with_key(key("k", 2))})).front();
  EXPECT_FALSE(later.is_repeat);
  EXPECT_NE(later.id, first.id);
  const auto again = ok(db.jobs.submit({job_with_key(key("k", 2))})).front();
  EXPECT_TRUE(again.is_repeat);
  EXPECT_EQ(again.id, later.id);
}

TEST_P(JobStoreContract, erasing_a_job_frees_its_key) {
  const JobId first = submit(job_with_key(key("k", 1)));
  ok(db.jobs.erase(first));
  const auto again = ok(db.jobs.submit({job_with_key(key("k", 2))})).front();
  EXPECT_FALSE(again.is_repeat);
  EXPECT_NE(again.id, first);
}

TEST_P(JobStoreContract, one_key_submitted_by_many_at_once_makes_one_job) {
  std::vector<boost::asio::awaitable<Result<std::vector<SubmittedJob>>>> at_once;
  for (int i = 0; i < 20; ++i) at_once.push_back(db.jobs.submit({job_with_key(key("k"))}));
  int made = 0;
  for (auto& answer : run_all(std::move(at_once))) made += ok(std::move(answer)).front().is_repeat ? 0 : 1;
  EXPECT_EQ(made, 1);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 1);
}

}  // namespace orc
