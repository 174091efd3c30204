#include <algorithm>

#include "tests/contract/job_store_suite.h"

namespace orc {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

TEST_F(JobStoreContract, a_submitted_job_is_read_back_as_it_was_given) {
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

TEST_F(JobStoreContract, what_was_left_out_stays_out) {
  NewJob given = job();
  given.owner.reset();
  const Job read = get(submit(given));
  EXPECT_FALSE(read.owner || read.run_at || read.timeout);
  EXPECT_TRUE(read.labels.empty());
  EXPECT_EQ(read.priority, job_priority_default);
}

TEST_F(JobStoreContract, inputs_keep_their_bytes) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  for (const std::string& text : {std::string("{}"), std::string("{ \"a\" : 1.0e+2 }\n"), std::string("{\"\xC3\xA4\": \"\\u0000\"}"),
                                  every_byte, std::string(Payload::inline_bytes_max, 'x')}) {
    NewJob given = job();
    given.input.text = text;
    EXPECT_EQ(get(submit(given)).input.text, text);
  }
}

TEST_F(JobStoreContract, an_input_in_the_blob_store_comes_back_as_its_hash) {
  NewJob given = job();
  given.input = {.text = {}, .blob = ContentHash{}};
  given.input.blob->bytes.fill(0xAB);
  const JobId id = submit(given);
  EXPECT_EQ(get(id).input, given.input);
  EXPECT_EQ(claim(1).at(0).input, given.input);
}

TEST_F(JobStoreContract, ids_rise_in_the_order_given_and_answers_stand_in_it) {
  std::vector<NewJob> batch(20, job());
  for (int i = 0; i < 20; ++i) batch[static_cast<std::size_t>(i)].labels = {{"n", std::to_string(i)}};
  const auto ids = submit_all(batch);
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  EXPECT_GT(ids.front(), JobId{0});
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(get(ids[i]).labels.at("n"), std::to_string(i));
  EXPECT_GT(submit(job()), ids.back());
}

TEST_F(JobStoreContract, a_batch_may_have_a_thousand_jobs) {
  const auto ids = submit_all(std::vector<NewJob>(job_batch_max, job()));
  EXPECT_EQ(ids.size(), job_batch_max);
  EXPECT_EQ(count_of(JobStatus::queued), std::ssize(ids));
}

TEST_F(JobStoreContract, one_bad_job_in_a_batch_stores_none) {
  NewJob bad = job();
  bad.version = PluginVersionId{999'999};
  EXPECT_EQ(code_of(db.jobs.submit({job(), job_with_key(key("k")), bad})), ErrorCode::not_found);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 0);
  EXPECT_EQ(ok(db.reader.counts({})), JobCounts{});
  EXPECT_FALSE(ok(db.jobs.submit({job_with_key(key("k"))})).front().is_repeat) << "the key was kept though the batch was not";
}

TEST_F(JobStoreContract, a_job_for_a_removed_plugin_is_refused) {
  submit(job());  // keeps the version readable
  ok(db.plugins.erase(plugin.id));
  EXPECT_EQ(code_of(db.jobs.submit({job()})), ErrorCode::not_found);
}

TEST_F(JobStoreContract, a_job_of_a_deleted_user_is_refused) {
  ok(db.users.erase(user.id));
  EXPECT_EQ(code_of(db.jobs.submit({job()})), ErrorCode::not_found);
}

TEST_F(JobStoreContract, a_refusal_says_which_job_and_why) {
  using enum SubmitRefusal::Kind;
  submit(job_with_key(key("single", 1)));
  NewJob first_of_batch = job_with_key(key("first"));
  first_of_batch.batch = key("batch", 1);
  submit(first_of_batch);
  NewJob no_plugin = job(), no_owner = job(), no_upload = job(), no_batch = job();
  no_plugin.version = PluginVersionId{999'999};
  no_owner.owner = UserId{999'999};
  no_upload.blobs = {ContentHash{}};
  no_batch.batch = key("batch", 2);
  const NewJob no_key = job_with_key(key("single", 2));
  const struct {
    NewJob job;
    SubmitRefusal::Kind kind;
    ErrorCode code;
  } cases[] = {{no_plugin, plugin_gone, ErrorCode::not_found},
               {no_owner, owner_gone, ErrorCode::not_found},
               {no_upload, upload_gone, ErrorCode::not_found},
               {no_key, key_reused, ErrorCode::invalid_argument},
               {no_batch, batch_key_reused, ErrorCode::invalid_argument}};
  for (const auto& one : cases) {
    for (const std::size_t place : {std::size_t{0}, std::size_t{2}}) {
      std::vector<NewJob> jobs(4, job());
      jobs[place] = one.job;
      const SubmitRefusal refusal = error_of(db.jobs.submit(std::move(jobs)));
      EXPECT_EQ(refusal.kind, one.kind) << refusal.error.message;
      EXPECT_EQ(refusal.error.code, one.code) << refusal.error.message;
      EXPECT_EQ(refusal.index, place) << refusal.error.message;
    }
  }
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 2);
}

TEST_F(JobStoreContract, of_many_submissions_at_once_each_learns_its_own_refusal) {
  std::vector<boost::asio::awaitable<SubmitOutcome>> at_once;
  for (std::size_t place = 0; place < 5; ++place) {
    std::vector<NewJob> jobs(5, job());
    if (place > 0) jobs[place].version = PluginVersionId{999'999};
    at_once.push_back(db.jobs.submit(std::move(jobs)));
  }
  const auto answers = run_all(std::move(at_once));
  EXPECT_TRUE(answers[0].has_value());
  for (std::size_t place = 1; place < 5; ++place) {
    ASSERT_FALSE(answers[place].has_value());
    EXPECT_EQ(answers[place].error().kind, SubmitRefusal::Kind::plugin_gone);
    EXPECT_EQ(answers[place].error().index, place);
  }
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 5);
}

TEST_F(JobStoreContract, a_job_stays_with_the_version_that_it_was_submitted_for) {
  const JobId before = submit(job());
  const Plugin changed = ok(db.plugins.change(plugin.id, {.version = "2.0.0"}));
  const JobId after = submit(job_for(changed));
  EXPECT_EQ(get(before).plugin_version, "1.0.0");
  EXPECT_EQ(get(after).plugin_version, "2.0.0");
  const auto claimed = claim(2);
  EXPECT_EQ(claimed.at(0).version, plugin.current.id);
  EXPECT_EQ(claimed.at(1).version, changed.current.id);
}

TEST_F(JobStoreContract, the_id_of_an_erased_job_is_not_given_again) {
  const JobId first = submit(job());
  ok(db.jobs.erase(first));
  EXPECT_GT(submit(job()), first);
}

// Idempotency.

TEST_F(JobStoreContract, the_same_key_with_the_same_request_makes_one_job) {
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

TEST_F(JobStoreContract, a_key_names_its_job_even_after_it_ended) {
  const ClaimedJob claimed = running(job_with_key(key("k")));
  finish(success(claimed));
  const auto again = ok(db.jobs.submit({job_with_key(key("k"))})).front();
  EXPECT_TRUE(again.is_repeat);
  EXPECT_EQ(again.id, claimed.id);
  EXPECT_EQ(get(claimed.id).status, JobStatus::completed);
}

TEST_F(JobStoreContract, the_same_key_with_another_request_is_refused) {
  submit(job_with_key(key("k", 1)));
  EXPECT_EQ(code_of(db.jobs.submit({job_with_key(key("k", 2))})), ErrorCode::invalid_argument);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 1);
  EXPECT_TRUE(ok(db.jobs.submit({job_with_key(key("k", 1))})).front().is_repeat) << "the refusal must not replace the first request";
}

TEST_F(JobStoreContract, keys_of_different_owners_are_different_keys) {
  submit(job_with_key(key("k", 1)));
  NewJob of_admin = job_with_key(key("k", 2));
  of_admin.owner = admin.id;
  EXPECT_FALSE(ok(db.jobs.submit({of_admin})).front().is_repeat);
}

TEST_F(JobStoreContract, a_key_may_repeat_within_one_batch) {
  const auto answers = ok(db.jobs.submit({job_with_key(key("k")), job(), job_with_key(key("k"))}));
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_FALSE(answers[0].is_repeat || answers[1].is_repeat);
  EXPECT_TRUE(answers[2].is_repeat);
  EXPECT_EQ(answers[2].id, answers[0].id);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 2);
}

TEST_F(JobStoreContract, a_key_with_two_requests_in_one_batch_refuses_the_batch) {
  EXPECT_EQ(code_of(db.jobs.submit({job(), job_with_key(key("k", 1)), job_with_key(key("k", 2))})), ErrorCode::invalid_argument);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 0);
}

TEST_F(JobStoreContract, a_key_lives_for_24_hours) {
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

TEST_F(JobStoreContract, the_key_of_a_batch_is_kept_beside_the_jobs_own) {
  NewJob first = job_with_key(key("own"));
  first.batch = key("batch", 2);
  const JobId id = submit(first);
  EXPECT_EQ(ok(db.reader.earlier_submissions(user.id, {"batch"})).at(0)->request, key("batch", 2).request);
  EXPECT_EQ(ok(db.reader.earlier_submissions(user.id, {"own"})).at(0)->job.id, id);
  EXPECT_TRUE(ok(db.jobs.submit({first})).front().is_repeat);
  EXPECT_EQ(code_of(db.jobs.submit({job_with_key(key("batch", 1))})), ErrorCode::invalid_argument) << "keys are one name space";

  NewJob another_of_it = job();
  another_of_it.batch = first.batch;
  EXPECT_FALSE(ok(db.jobs.submit({another_of_it})).front().is_repeat) << "it names the batch, not a job";
  NewJob of_admin = another_of_it;
  of_admin.owner = admin.id;
  of_admin.batch = key("batch", 3);
  submit(of_admin);
  db.clock.advance(24h);
  another_of_it.batch = key("batch", 4);
  submit(another_of_it);
}

TEST_F(JobStoreContract, the_key_of_a_batch_names_the_job_that_carries_it_until_that_is_erased) {
  NewJob first = job();
  first.batch = key("batch", 1);
  const JobId id = submit(first);
  ok(db.jobs.erase(id));
  first.batch = key("batch", 2);
  const JobId next = submit(first);
  EXPECT_EQ(ok(db.reader.earlier_submissions(user.id, {"batch"})).at(0)->job.id, next);
}

TEST_F(JobStoreContract, a_job_that_is_not_made_carries_no_batch_key) {
  submit(job_with_key(key("k")));
  NewJob repeat = job_with_key(key("k"));
  repeat.batch = key("batch", 1);
  EXPECT_TRUE(ok(db.jobs.submit({repeat})).front().is_repeat);
  const JobId taker = submit(job_with_key(key("batch", 2)));
  const auto again = ok(db.jobs.submit({job_with_key(key("batch", 2))})).front();
  EXPECT_TRUE(again.is_repeat) << "the key must have been free";
  EXPECT_EQ(again.id, taker);
}

TEST_F(JobStoreContract, erasing_a_job_frees_its_key) {
  const JobId first = submit(job_with_key(key("k", 1)));
  ok(db.jobs.erase(first));
  const auto again = ok(db.jobs.submit({job_with_key(key("k", 2))})).front();
  EXPECT_FALSE(again.is_repeat);
  EXPECT_NE(again.id, first);
}

TEST_F(JobStoreContract, a_repeat_is_answered_whatever_has_become_of_its_plugin_or_upload) {
  NewJob given = job_with_key(key("k"));
  given.blobs = {ContentHash{}};
  given.blobs.front().bytes.fill(0xCD);
  ok(db.catalog.record(given.blobs.front(), 10, user.id));
  const JobId first = submit(given);
  ok(db.plugins.erase(plugin.id));
  given.version = PluginVersionId{999'999};
  given.blobs.front().bytes.fill(0xCE);
  const auto answers = ok(db.jobs.submit({given, given}));
  for (const SubmittedJob& again : answers) {
    EXPECT_TRUE(again.is_repeat);
    EXPECT_EQ(again.id, first);
  }
  given.idempotency = key("k", 2);
  EXPECT_EQ(code_of(db.jobs.submit({given})), ErrorCode::invalid_argument) << "the key is judged before the plugin";
  given.idempotency = key("new");
  EXPECT_EQ(code_of(db.jobs.submit({given})), ErrorCode::not_found);
}

TEST_F(JobStoreContract, a_repeat_in_a_batch_does_not_excuse_its_neighbours) {
  submit(job_with_key(key("k")));
  NewJob bad = job();
  bad.version = PluginVersionId{999'999};
  EXPECT_EQ(code_of(db.jobs.submit({job_with_key(key("k")), bad})), ErrorCode::not_found);
  NewJob bad_and_new = job_with_key(key("l"));
  bad_and_new.version = PluginVersionId{999'999};
  EXPECT_EQ(code_of(db.jobs.submit({bad_and_new, job_with_key(key("l"))})), ErrorCode::not_found);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 1);
}

TEST_F(JobStoreContract, earlier_submissions_are_found_by_their_keys) {
  const JobId one = submit(job_with_key(key("one", 1)));
  const JobId two = submit(job_with_key(key("two", 2)));
  NewJob of_nobody = job_with_key(key("one", 3));
  of_nobody.owner.reset();
  const JobId three = submit(of_nobody);
  finish(success(claim(1).at(0)));

  const auto found = ok(db.reader.earlier_submissions(user.id, {"two", "unknown", "one", "two", "oneX"}));
  ASSERT_EQ(found.size(), 5u);
  EXPECT_FALSE(found[1] || found[4]);
  ASSERT_TRUE(found[0] && found[2] && found[3]);
  EXPECT_EQ(found[0]->job.id, two);
  EXPECT_EQ(found[0]->request, key("two", 2).request);
  EXPECT_EQ(found[2]->job.id, one);
  EXPECT_EQ(found[2]->request, key("one", 1).request);
  EXPECT_EQ(found[2]->job.status, JobStatus::completed);
  EXPECT_EQ(found[2]->job.result, get(one).result);
  EXPECT_EQ(found[3]->job.id, two);
  EXPECT_EQ(ok(db.reader.earlier_submissions({}, {"one"})).at(0)->job.id, three);
  EXPECT_FALSE(ok(db.reader.earlier_submissions(admin.id, {"one"})).at(0)) << "keys are the owner's";
}

TEST_F(JobStoreContract, earlier_submissions_end_as_their_keys_do) {
  const JobId erased = submit(job_with_key(key("erased")));
  submit(job_with_key(key("old")));
  ok(db.jobs.erase(erased));
  EXPECT_FALSE(ok(db.reader.earlier_submissions(user.id, {"erased"})).at(0));
  db.clock.advance(24h - 1ms);
  EXPECT_TRUE(ok(db.reader.earlier_submissions(user.id, {"old"})).at(0));
  db.clock.advance(1ms);
  EXPECT_FALSE(ok(db.reader.earlier_submissions(user.id, {"old"})).at(0));
}

TEST_F(JobStoreContract, a_thousand_keys_are_looked_up_at_once) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < job_batch_max; ++i) keys.push_back("k" + std::to_string(i));
  const JobId last = submit(job_with_key(key(keys.back())));
  const auto found = ok(db.reader.earlier_submissions(user.id, keys));
  ASSERT_EQ(found.size(), keys.size());
  EXPECT_EQ(std::ranges::count_if(found, [](const auto& one) { return one.has_value(); }), 1);
  EXPECT_EQ(found.back()->job.id, last);
}

TEST_F(JobStoreContract, one_key_submitted_by_many_at_once_makes_one_job) {
  std::vector<boost::asio::awaitable<SubmitOutcome>> at_once;
  for (int i = 0; i < 20; ++i) at_once.push_back(db.jobs.submit({job_with_key(key("k"))}));
  int made = 0;
  for (auto& answer : run_all(std::move(at_once))) made += ok(std::move(answer)).front().is_repeat ? 0 : 1;
  EXPECT_EQ(made, 1);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 1);
}

}  // namespace orc
