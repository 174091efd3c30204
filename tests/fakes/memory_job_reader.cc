#include "tests/fakes/memory_job_reader.h"

#include <algorithm>
#include <ranges>

#include "domain/placement/requirements.h"
#include "tests/fakes/page_of.h"

namespace orc {

Async<Job> MemoryJobReader::get(JobId id) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  auto found = state_.find_job(id);
  if (!found) co_return pass_on(found);
  co_return (*found)->job;
}

Async<std::vector<std::optional<EarlierSubmission>>> MemoryJobReader::earlier_submissions(std::optional<UserId> owner,
                                                                                          std::vector<std::string> keys) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<std::optional<EarlierSubmission>> answers;
  for (const std::string& key : keys) {
    answers.emplace_back();
    if (const MemoryIdempotencyKey* known = state_.find_key(owner, key))
      answers.back() = EarlierSubmission{.job = state_.jobs.at(known->job).job, .request = known->request};
  }
  co_return answers;
}

Async<JobPage> MemoryJobReader::list(JobFilter filter, Page page) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<Job> matching;
  for (const auto& [id, row] : std::views::reverse(state_.jobs)) {
    if (filter.owner && row.job.owner != filter.owner) continue;
    if (filter.status && row.job.status != *filter.status) continue;
    if (filter.plugin_name && row.job.plugin_name != *filter.plugin_name) continue;
    matching.push_back(row.job);
  }
  co_return JobPage{.total = std::ssize(matching), .items = page_of(matching, page)};
}

Async<JobCounts> MemoryJobReader::counts(std::optional<UserId> owner) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  JobCounts counts{};
  for (const auto& [id, row] : state_.jobs)
    if (!owner || row.job.owner == owner) ++counts.at(std::to_underlying(row.job.status));
  co_return counts;
}

Async<std::vector<RunName>> MemoryJobReader::runs_of(WorkerId worker) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<RunName> runs;
  for (const auto& [id, row] : state_.jobs)
    if (row.job.status == JobStatus::processing && row.worker == worker) runs.push_back({.job = id, .fence = row.fence});
  co_return runs;
}

Async<WaitingBefore> MemoryJobReader::waiting_before(JobId id) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  auto found = state_.find_job(id);
  if (!found) co_return pass_on(found);
  const Job& job = (*found)->job;
  WaitingBefore before;
  if (job.status != JobStatus::queued) co_return before;
  const auto needs = [this](const Job& one) { return requirements_of(state_.versions.at(one.version_id).spec); };
  for (const auto& [other, row] : state_.jobs) {
    if (row.job.status != JobStatus::queued || row.due > state_.clock.now()) continue;
    if (row.job.priority > job.priority) ++before.higher_priority;
    const bool is_same = row.job.priority == job.priority && row.job.share_key == job.share_key && needs(row.job) == needs(job);
    if (is_same && other < id) ++before.same_key;
  }
  co_return before;
}

Async<std::vector<WorkerLoad>> MemoryJobReader::worker_loads() {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::map<WorkerId, WorkerLoad> loads;
  for (const auto& [id, row] : state_.jobs) {
    if (row.job.status != JobStatus::processing) continue;
    WorkerLoad& load = loads.try_emplace(row.worker, WorkerLoad{.worker = row.worker, .held = {}}).first->second;
    ++load.runs;
    const Requirements needs = requirements_of(state_.versions.at(row.job.version_id).spec);
    if (needs.warm) ++load.warm_runs;
    add(load.held, needs.resources);
  }
  std::vector<WorkerLoad> all;
  for (auto& [worker, load] : loads) all.push_back(std::move(load));
  co_return all;
}

Async<std::vector<Attempt>> MemoryJobReader::attempts(JobId id) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  const auto found = state_.find_job(id);
  co_return found ? (*found)->attempts : std::vector<Attempt>{};
}

Async<std::vector<Artifact>> MemoryJobReader::artifacts(JobId id) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  const auto found = state_.find_job(id);
  co_return found ? (*found)->artifacts : std::vector<Artifact>{};
}

Async<LogPage> MemoryJobReader::log(JobId id, std::int64_t from, int limit) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  LogPage page;
  const auto found = state_.find_job(id);
  if (!found) co_return page;
  for (const auto& chunk : (*found)->log) {
    page.total += std::ssize(chunk.lines);
    for (const LogLine& line : chunk.lines)
      if (line.n >= from && std::ssize(page.lines) < limit) page.lines.push_back(line);
  }
  co_return page;
}

Async<DeadLetterPage> MemoryJobReader::dead_letters(Page page) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<DeadLetter> letters;
  for (const auto& [id, row] : state_.jobs)
    if (row.dead_letter) letters.push_back(*row.dead_letter);
  std::ranges::sort(letters, std::ranges::greater{}, [](const DeadLetter& letter) { return std::pair(letter.died_at, letter.job); });
  co_return DeadLetterPage{.total = std::ssize(letters), .items = page_of(letters, page)};
}

Async<std::optional<std::chrono::milliseconds>> MemoryJobReader::oldest_wait() {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::optional<std::chrono::milliseconds> longest;
  const Timestamp now = state_.clock.now();
  for (const auto& [id, row] : state_.jobs)
    if (row.job.status == JobStatus::queued && row.due <= now) longest = std::max(longest.value_or(now - row.due), now - row.due);
  co_return longest;
}

}  // namespace orc
