#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/job/loss_spread.h"
#include "domain/job/verdict.h"
#include "ports/job_reader.h"
#include "ports/job_store.h"

namespace orc {

// JobModel is a second opinion on a JobStore: it hears of every operation and its answer, says what must be true, and shares no code with a
// store.
class JobModel {
 public:
  struct Row {
    std::optional<UserId> owner;
    std::string plugin_name;
    std::string share_key;
    int priority = 0;
    JobStatus status = JobStatus::queued;
    Timestamp due{};
    std::int64_t due_since = 0;  // the pick before which it began to be due, as far as the model noticed
    int attempts = 0;
    int losses = 0;
    std::optional<Fence> run;  // of the claim that may finish
    Fence highest{};           // ever seen
    WorkerId worker{};         // of that claim
    std::int64_t lines = 0;
    std::int64_t reported = 0;  // lines of that claim, or of the cut one
    std::optional<Fence> cut;   // of the claim that a cancel cut off: it may tell the rest of its log
    bool is_dead_letter = false;
  };

  void submitted(JobId id, const NewJob& job, Timestamp now) {
    rows[id] = {.owner = job.owner,
                .plugin_name = job.plugin_name,
                .share_key = job.share_key,
                .priority = job.priority,
                .due = std::max(now, job.run_at.value_or(now))};
    rows[id].due_since = picks_;
  }

  // Time has passed: what is due from now on counts as waiting from now on.
  void time_is(Timestamp before, Timestamp now) {
    for (auto& [id, row] : rows)
      if (row.due > before && row.due <= now) row.due_since = picks_;
  }

  // What is wrong with this claim, or nothing.
  std::string claimed(const std::vector<ClaimedJob>& jobs, WorkerId worker, int count, Timestamp now) {
    std::string fault;
    for (const ClaimedJob& job : jobs) fault += picked(job, worker, now);
    const bool more = std::ranges::any_of(rows, [&](const auto& known) { return is_waiting(known.second, now); });
    if (std::ssize(jobs) > count) fault += "more than asked for; ";
    if (std::ssize(jobs) < count && more) fault += "fewer than asked for, though jobs are due; ";
    return fault;
  }

  // Whether this end of a run must be accepted.
  bool may_finish(const AttemptEnd& end) const {
    const auto row = rows.find(end.id);
    return row != rows.end() && row->second.run == end.fence;
  }

  // Whether this report must be accepted; if so, the row follows. Its last line is number `last` of the attempt.
  bool reported(WorkerId worker, RunName run, std::int64_t last) {
    const auto row = rows.find(run.job);
    if (row == rows.end() || row->second.run != run.fence || row->second.worker != worker) return false;
    const std::int64_t news = std::max<std::int64_t>(0, last - row->second.reported);
    row->second.reported += news;
    row->second.lines += news;
    return true;
  }

  // An end that came too late.
  void refused(const AttemptEnd& end) {
    const auto row = rows.find(end.id);
    if (row == rows.end() || row->second.cut != end.fence) return;
    const std::int64_t news = std::max<std::int64_t>(0, std::ssize(end.log) - row->second.reported);
    row->second.reported += news;
    row->second.lines += news;
  }

  void finished(const AttemptEnd& end, Timestamp now) {
    Row& row = rows.at(end.id);
    row.lines += std::max<std::int64_t>(0, std::ssize(end.log) - row.reported);
    const JobTrigger trigger = within_losses(end.trigger, row.losses);
    std::chrono::milliseconds wait{0};
    if (trigger == JobTrigger::failed_for_now) wait = *end.wait;
    if (trigger == JobTrigger::not_started) wait = wait_to_start_again(row.losses);
    moved(row, trigger, now + wait);
    if (trigger == JobTrigger::failed_for_good) row.is_dead_letter = true;
    if (end.trigger == JobTrigger::given_back || end.trigger == JobTrigger::not_started) --row.attempts;
    if (end.trigger == JobTrigger::not_started) ++row.losses;
  }

  // Whether the trigger must be accepted; if so, the row follows.
  bool asked(JobId id, JobTrigger trigger, Timestamp now) {
    const auto found = rows.find(id);
    if (found == rows.end() || !next_status(found->second.status, trigger)) return false;
    Row& row = found->second;
    const auto run = row.run;
    const std::int64_t reported = row.reported;
    moved(row, trigger, now);
    if (trigger == JobTrigger::cancel_asked && run) {
      row.cut = run;
      row.reported = reported;
    }
    if (trigger == JobTrigger::retry_asked) {
      row.attempts = row.losses = 0;
      row.is_dead_letter = false;
    }
    return true;
  }

  // Those that a rescue must put back, and those that it must fail; the rows follow.
  Rescue rescued(WorkerId dead, WorkerEnd end, Timestamp now) {
    Rescue rescue;
    for (auto& [id, row] : rows) {
      if (row.status != JobStatus::processing || row.worker != dead) continue;
      const Loss loss = judge_loss(end, row.losses);
      const bool too_often = loss.trigger == JobTrigger::failed_for_good;
      row.losses = loss.losses;
      moved(row, loss.trigger, now + apart(loss.wait, rescue.requeued.size()));
      --row.attempts;
      if (too_often) row.is_dead_letter = true;
      (too_often ? rescue.failed : rescue.requeued).push_back(id);
    }
    return rescue;
  }

  JobCounts counts(std::optional<UserId> owner) const {
    JobCounts counts{};
    for (const auto& [id, row] : rows)
      if (!owner || row.owner == owner) ++counts.at(std::to_underlying(row.status));
    return counts;
  }

  std::vector<JobId> list(const JobFilter& filter) const {
    std::vector<JobId> ids;
    for (const auto& [id, row] : rows) {
      const bool fits = (!filter.owner || row.owner == filter.owner) && (!filter.status || row.status == *filter.status) &&
                        (!filter.plugin_name || row.plugin_name == *filter.plugin_name);
      if (fits) ids.insert(ids.begin(), id);
    }
    return ids;
  }

  std::vector<JobId> dead_letters() const {
    std::vector<JobId> ids;
    for (const auto& [id, row] : rows)
      if (row.is_dead_letter) ids.push_back(id);
    return ids;
  }

  std::map<JobId, Row> rows;

 private:
  static bool is_waiting(const Row& row, Timestamp now) { return row.status == JobStatus::queued && row.due <= now; }

  void moved(Row& row, JobTrigger trigger, Timestamp due) {
    row.status = *next_status(row.status, trigger);
    row.run.reset();
    row.cut.reset();
    row.reported = 0;
    row.due = due;
    row.due_since = picks_;
  }

  std::string picked(const ClaimedJob& job, WorkerId worker, Timestamp now) {
    const auto found = rows.find(job.id);
    const std::string name = "job " + std::to_string(std::to_underlying(job.id));
    if (found == rows.end()) return name + " does not exist; ";
    Row& row = found->second;
    if (!is_waiting(row, now)) return name + " is not due; ";
    std::string fault;
    for (const auto& [id, other] : rows) {
      if (id == job.id || !is_waiting(other, now)) continue;
      const std::string before = " was taken before job " + std::to_string(std::to_underlying(id));
      if (other.priority > row.priority) fault += name + before + ", which has a higher priority; ";
      if (other.priority != row.priority) continue;
      if (other.share_key == row.share_key && id < job.id) fault += name + before + " of the same key, which is older; ";
      if (other.share_key != row.share_key && is_passed_over(other, row)) fault += name + before + ", whose key has waited for its turn; ";
    }
    Turns& turns = turns_[row.share_key][row.priority];
    turns = {.last = ++picks_, .one_before = turns.last};
    row.status = JobStatus::processing;
    row.run = job.fence;
    row.worker = worker;
    if (job.fence <= row.highest) fault += name + " has a fence that did not rise; ";
    row.highest = job.fence;
    if (++row.attempts != job.attempt) fault += name + " has the wrong attempt; ";
    return fault;
  }

  // Whether `taken`'s key gets a third turn while `other` has been waiting since before the first of them. A second one is no fault: a key
  // that ran dry and came back may have it within one round.
  bool is_passed_over(const Row& other, const Row& taken) const {
    const auto key = turns_.find(taken.share_key);
    if (key == turns_.end() || !key->second.contains(taken.priority)) return false;
    const std::int64_t first_turn = key->second.at(taken.priority).one_before;
    if (other.due_since >= first_turn) return false;
    const auto others = turns_.find(other.share_key);
    if (others == turns_.end()) return true;
    return std::ranges::all_of(others->second, [&](const auto& turns) { return turns.second.last < first_turn; });
  }

  struct Turns {
    std::int64_t last = 0;
    std::int64_t one_before = 0;
  };

  std::int64_t picks_ = 0;
  std::map<std::string, std::map<int, Turns>> turns_;  // by share key and priority
};

}  // namespace orc
