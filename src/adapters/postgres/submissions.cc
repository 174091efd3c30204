#include "adapters/postgres/submissions.h"

#include <algorithm>
#include <utility>

#include "adapters/postgres/payload_columns.h"
#include "adapters/postgres/stored_job.h"
#include "adapters/sql_text/column_text.h"
#include "adapters/sql_text/text_of.h"

namespace orc::postgres {
namespace {

constexpr std::size_t classes_known_max = 10'000;

template <typename T>
std::vector<T> in_order(const std::set<T>& set) {
  return {set.begin(), set.end()};
}

}  // namespace

void SubmissionKind::run(Transaction& transaction, std::span<Writer::Waiting* const> operations, Timestamp now) {
  using Asked = Writer::Asked<std::vector<NewJob>, SubmitOutcome>;
  std::vector<const NewJob*> jobs;
  for (const Writer::Waiting* one : operations)
    for (const NewJob& job : static_cast<const Asked*>(one)->request()) jobs.push_back(&job);
  last_created_at_ = std::max(last_created_at_, now);
  if (classes_.size() >= classes_known_max) classes_.clear();
  SubmissionBatch batch(std::move(jobs), now, last_created_at_, classes_);
  const auto stored = batch.store(transaction);
  last_created_at_ = batch.created_at();
  if (!stored) {
    if (operations.size() == 1) static_cast<Asked*>(operations.front())->answer(stored);
    throw Refusal{};
  }
  auto next = stored->begin();
  for (Writer::Waiting* one : operations) {
    auto* const asked = static_cast<Asked*>(one);
    const auto end = next + static_cast<std::ptrdiff_t>(asked->request().size());
    asked->answer(std::vector<SubmittedJob>(next, end));
    next = end;
  }
}

SubmitOutcome SubmissionBatch::store(Transaction& transaction) {
  look_up(transaction);
  take_keys(transaction);
  for (std::size_t i = 0; i < jobs_.size(); ++i)
    if (jobs_[i]->batch) take_batch_key(transaction, i);
  check_references();
  if (refusal_) return std::unexpected(*refusal_);
  lines_.join(transaction);
  write(transaction);
  std::vector<SubmittedJob> stored;
  for (const Plan& plan : plans_) {
    if (plan.earlier) {
      stored.push_back(*plan.earlier);
    } else if (plan.earlier_here) {
      stored.push_back(stored[*plan.earlier_here]);
      stored.back().is_repeat = true;
    } else {
      stored.push_back({.id = plan.id, .created_at = created_at_});
    }
  }
  return stored;
}

// All questions of the batch in one round trip.
void SubmissionBatch::look_up(Transaction& transaction) {
  std::set<PluginVersionId> versions;
  std::set<UserId> users;
  std::set<ContentHash> uploads;
  for (const NewJob* job : jobs_) {
    versions.insert(job->version);
    if (job->owner) users.insert(*job->owner);
    uploads.insert(job->blobs.begin(), job->blobs.end());
  }
  const auto ids = transaction.send("reserve_job_ids", std::int64_t{std::ssize(jobs_)});
  const auto newest = transaction.send("newest_job");
  const auto of_versions = transaction.send("live_versions", in_order(versions));
  const auto of_users = transaction.send("live_users", in_order(users));
  std::optional<std::size_t> of_uploads;
  if (!uploads.empty()) of_uploads = transaction.send("live_uploads", in_order(uploads));
  const bool has_all_lines = need_lines();
  lines_.send(transaction);
  transaction.exchange();

  std::size_t place = 0;
  for (const Row row : transaction.answer(ids)) plans_[place++].id = row.as<JobId>(0);
  for (const Row row : transaction.answer(newest)) created_at_ = std::max(created_at_, row.time(0));
  for (const Row row : transaction.answer(of_versions)) {
    live_versions_.insert(row.as<PluginVersionId>(0));
    classes_.emplace(row.as<PluginVersionId>(0), row.as<PlacementClassId>(2));
  }
  for (const Row row : transaction.answer(of_users)) live_users_.insert(row.as<UserId>(0));
  if (of_uploads)
    for (const Row row : transaction.answer(*of_uploads)) live_uploads_.insert(row.hash(0));
  lines_.settle(transaction);
  if (has_all_lines) return;
  need_lines();
  lines_.send(transaction);
  transaction.exchange();
  lines_.settle(transaction);
}

bool SubmissionBatch::need_lines() {
  bool has_all = true;
  for (const NewJob* job : jobs_) {
    if (is_delayed(*job)) continue;
    if (const auto known = classes_.find(job->version); known != classes_.end())
      lines_.need(job->priority, job->share_key, known->second);
    else
      has_all = false;
  }
  return has_all;
}

// An idempotency key belongs to the first who takes it, here or in another process; the others learn what it names.
void SubmissionBatch::take_keys(Transaction& transaction) {
  std::map<std::pair<std::int64_t, std::string_view>, std::size_t> first;
  std::vector<std::int64_t> owners;
  std::vector<std::string_view> keys;
  std::vector<JobId> ids;
  std::vector<ContentHash> requests;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (!jobs_[i]->idempotency) continue;
    const auto& [key, request] = *jobs_[i]->idempotency;
    const auto [known, is_first] = first.emplace(std::pair(owner_of(*jobs_[i]), std::string_view(key)), i);
    if (!is_first) {
      if (jobs_[known->second]->idempotency->request != request) refuse(SubmitRefusal::Kind::key_reused, i, key_reused(key));
      plans_[i].earlier_here = known->second;
      continue;
    }
    owners.push_back(owner_of(*jobs_[i]));
    keys.emplace_back(key);
    ids.push_back(plans_[i].id);
    requests.push_back(request);
    places.push_back(i);
  }
  if (keys.empty()) return;
  transaction.send("take_keys", owners, keys, ids, now_, now_ - idempotency_lifetime, requests);
  const auto earlier = transaction.send("earlier_jobs", owners, keys, now_ - idempotency_lifetime);
  transaction.exchange();
  for (const Row row : transaction.answer(earlier)) {
    const std::size_t place = places.at(static_cast<std::size_t>(row.integer(0) - 1));
    const auto& [key, request] = *jobs_[place]->idempotency;
    if (row.hash(2) != request) refuse(SubmitRefusal::Kind::key_reused, place, key_reused(key));
    plans_[place].earlier = SubmittedJob{.id = row.as<JobId>(1), .created_at = row.time(3), .is_repeat = true};
  }
}

// The key of a batch goes to the job that carries it, if that is made and the key is new.
void SubmissionBatch::take_batch_key(Transaction& transaction, std::size_t place) {
  const auto& [key, request] = *jobs_[place]->batch;
  const std::vector<std::int64_t> owners = {owner_of(*jobs_[place])};
  const std::vector<std::string_view> keys = {key};
  if (plans_[place].is_new())
    transaction.send("take_keys", owners, keys, std::vector{plans_[place].id}, now_, now_ - idempotency_lifetime, std::vector{request});
  for (const Row row : transaction.ask("earlier_jobs", owners, keys, now_ - idempotency_lifetime))
    if (row.hash(2) != request) refuse(SubmitRefusal::Kind::batch_key_reused, place, key_reused(key));
}

// What a job must find in the database to be made. It stays there until the commit.
void SubmissionBatch::check_references() {
  using Kind = SubmitRefusal::Kind;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (!plans_[i].is_new()) continue;
    const NewJob& job = *jobs_[i];
    const auto gone = [&](Kind kind, std::string sentence) { refuse(kind, i, {ErrorCode::not_found, std::move(sentence)}); };
    if (!live_versions_.contains(job.version)) gone(Kind::plugin_gone, text_of("plugin ", job.plugin_name, " was removed"));
    if (job.owner && !live_users_.contains(*job.owner)) gone(Kind::owner_gone, "the user was deleted");
    for (const ContentHash& hash : job.blobs)
      if (!live_uploads_.contains(hash)) gone(Kind::upload_gone, "blob sha256:" + to_hex(hash) + " is gone: upload it again");
  }
}

// The first fault of the first job counts.
void SubmissionBatch::refuse(SubmitRefusal::Kind kind, std::size_t place, Error error) {
  if (!refusal_ || place < refusal_->index) refusal_ = SubmitRefusal{.error = std::move(error), .kind = kind, .index = place};
}

void SubmissionBatch::write(Transaction& transaction) {
  std::vector<JobId> ids;
  std::vector<std::int64_t> owners;
  std::vector<std::string_view> names, shares;
  std::vector<PluginId> plugins;
  std::vector<PluginVersionId> versions;
  std::vector<PlacementClassId> classes;
  std::vector<QueuePlace> queues;
  std::vector<int> priorities, attempts_max;
  std::vector<Timestamp> created, due;
  std::vector<std::optional<Timestamp>> run_at;
  std::vector<std::optional<std::int64_t>> timeouts, queue_times;
  std::vector<std::optional<std::string>> labels, callback_urls;
  PayloadColumns inputs;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (!plans_[i].is_new()) continue;
    const NewJob& job = *jobs_[i];
    const bool delayed = is_delayed(job);
    ids.push_back(plans_[i].id);
    owners.push_back(owner_of(job));
    names.emplace_back(job.plugin_name);
    plugins.push_back(job.plugin);
    versions.push_back(job.version);
    classes.push_back(classes_.at(job.version));
    queues.push_back(delayed ? QueuePlace::delayed : QueuePlace::ready);
    priorities.push_back(job.priority);
    attempts_max.push_back(job.attempts_max);
    created.push_back(created_at_);
    due.push_back(delayed ? *job.run_at : created_at_);
    run_at.push_back(job.run_at);
    timeouts.emplace_back();
    if (job.timeout) timeouts.back() = job.timeout->count();
    queue_times.emplace_back();
    if (job.queue_time) queue_times.back() = job.queue_time->count();
    callback_urls.push_back(job.callback_url);
    shares.emplace_back(job.share_key);
    labels.push_back(labels_to_text(job.labels));
    inputs.add(&job.input);
    transaction.counters().add(owner_of(job), job.plugin_name, JobStatus::queued, 1);
  }
  if (ids.empty()) return;
  transaction.send("add_jobs", ids, owners, names, plugins, versions, queues, priorities, attempts_max, created, due, run_at, timeouts,
                   shares, labels, inputs.json, inputs.bytes, inputs.blobs, classes, callback_urls, queue_times);
  write_blobs(transaction);
}

void SubmissionBatch::write_blobs(Transaction& transaction) const {
  std::vector<ContentHash> hashes;
  std::vector<JobId> ids;
  std::vector<BlobRole> roles;
  const auto add = [&](const ContentHash& hash, JobId id, BlobRole role) {
    hashes.push_back(hash);
    ids.push_back(id);
    roles.push_back(role);
  };
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (!plans_[i].is_new()) continue;
    if (jobs_[i]->input.blob) add(*jobs_[i]->input.blob, plans_[i].id, BlobRole::input);
    for (const ContentHash& hash : jobs_[i]->blobs) add(hash, plans_[i].id, BlobRole::named_by_input);
  }
  if (!hashes.empty()) transaction.send("add_job_blobs", hashes, ids, roles);
}

}  // namespace orc::postgres
