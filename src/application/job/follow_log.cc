#include "application/job/follow_log.h"

#include <algorithm>

namespace orc {

// Whether a run that the job's cancel cut off has just begun to end: it tells what it used together with its last lines.
Async<bool> FollowLog::may_say_more(const Job& job) const {
  if (job.status != JobStatus::cancelled) co_return false;
  const auto attempts = co_await ports_.reader.attempts(job_);
  if (!attempts) co_return std::unexpected(attempts.error());
  const auto last = std::ranges::max_element(*attempts, {}, &Attempt::number);
  if (last == attempts->end() || last->outcome != AttemptOutcome::cancelled || last->usage.wall.count() > 0) co_return false;
  const auto since = ports_.clock.now() - last->ended_at.value_or(Timestamp{});
  co_return since >= std::chrono::seconds{0} && since < last_words_max;
}

// The job is read before its log: lines are stored no later than the end of which they are part.
Async<LogNews> FollowLog::look() {
  LogNews news;
  const auto job = co_await ports_.reader.get(job_);
  if (!job && job.error().code == ErrorCode::not_found) {
    news.is_gone = true;
    co_return news;
  }
  if (!job) co_return std::unexpected(job.error());
  auto page = co_await ports_.reader.log(job_, next_line_, follow_lines_max);
  if (!page) co_return pass_on(page);
  news.lines = std::move(page->lines);
  if (!news.lines.empty()) next_line_ = news.lines.back().n + 1;
  if (job->progress && job->progress != told_) news.progress = job->progress;
  told_ = job->progress;
  if (!news.lines.empty() || !is_terminal(job->status)) co_return news;
  auto more = co_await may_say_more(*job);
  if (!more) co_return pass_on(more);
  if (*more) co_return news;
  auto files = co_await ports_.reader.artifacts(job_);
  if (!files) co_return pass_on(files);
  news.files = std::move(*files);
  news.ended = job->status;
  co_return news;
}

Async<LogNews> FollowLog::next(SteadyTime until) {
  for (;;) {
    auto news = co_await look();
    if (!news) co_return news;
    const SteadyTime now = ports_.clock.steady_now();
    const bool is_news = !news->lines.empty() || news->progress || news->ended || news->is_gone;
    if (is_news || gave_up_ || now >= until) co_return news;
    co_await ports_.signals.wait_for_end(job_, std::min<SteadyTime>(until, now + follow_interval));
    if (gave_up_) co_return LogNews{};
  }
}

}  // namespace orc
