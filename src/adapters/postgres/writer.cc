#include "adapters/postgres/writer.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>

namespace orc::postgres {
namespace {

// A post resumes at most so many, so that the I/O thread comes to its sockets in between.
constexpr std::size_t resumed_at_once_max = 64;

// What those have who are committed together, even if one of them has less. With what that one has had before, still below two seconds.
constexpr std::chrono::milliseconds group_time_min{500};

// The one that was in the way of a group is not waited for long again.
constexpr int tries_after_collision = 1;

Error too_slow() {
  return {ErrorCode::unavailable,
          "the database is too slow just now for all that is asked of it; this was not begun: try again in a moment"};
}

}  // namespace

Writer::Writer(const Destination& destination, const NamedSql& catalog, Clock& clock, WriterLimits limits, CommitObserver observer,
               FaultObserver on_fault, const LateRefusals& late_refusals)
    : clock_(clock),
      limits_(limits),
      observer_(std::move(observer)),
      on_fault_(std::move(on_fault)),
      late_refusals_(late_refusals),
      link_(destination, catalog),
      thread_([this] { work(); }) {}

Writer::~Writer() { stop(); }

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_->notify_all();
  if (thread_.joinable()) thread_.join();
}

std::size_t Writer::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void Writer::submit(std::unique_ptr<Waiting> waiting) {
  const auto executor = waiting->executor();
  bool was_idle = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      waiting->refuse({ErrorCode::unavailable, "the database is being closed"});
    } else if (away_) {
      waiting->refuse(*away_);
    } else if (waiting_.size() >= limits_.waiting_max) {
      waiting->refuse({ErrorCode::resource_exhausted,
                       "too many changes wait for the database (" + std::to_string(limits_.waiting_max) + "); try again in a moment"});
    } else {
      was_idle = waiting_.empty();
      waiting_.push_back(std::move(waiting));
    }
  }
  // Behind what is at hand and what that calls: an end wakes the claim that waits for its room, and both go into one transaction.
  if (was_idle)
    boost::asio::post(executor, [executor, changed = changed_] { boost::asio::post(executor, [changed] { changed->notify_one(); }); });
  if (!waiting) return;
  Batch refused;
  refused.push_back(std::move(waiting));
  answer(std::move(refused));
}

void Writer::work() {
  for (;;) {
    Batch batch = take_batch();
    if (!batch.empty()) {
      commit(std::move(batch));
      continue;
    }
    const std::lock_guard lock(mutex_);
    if (stopping_ && waiting_.empty()) return;
  }
}

// Everything that waits, up to the row limit. Empty at the end, and now and then while the server is away: it was looked for.
Writer::Batch Writer::take_batch() {
  std::unique_lock lock(mutex_);
  const auto is_due = [this] { return stopping_ || !waiting_.empty(); };
  if (away_) {
    changed_->wait_for(lock, reconnect_pause, [this] { return stopping_; });
    if (!stopping_) {
      lock.unlock();
      try {
        link_.connect(std::chrono::steady_clock::now() + connect_max);
        note_away({});
      } catch (const StorageFault& fault) {
        note_away(told(fault));
      }
      return {};
    }
  } else {
    changed_->wait(lock, is_due);
  }
  std::size_t rows = 0;
  const auto end = std::ranges::find_if(waiting_, [&](const auto& one) { return (rows += one->rows()) > limits_.rows_per_commit_max; });
  if (end == waiting_.end()) return std::exchange(waiting_, {});
  Batch batch;
  const auto last = end == waiting_.begin() ? std::next(end) : end;
  batch.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(last));
  waiting_.erase(waiting_.begin(), last);
  return batch;
}

// Everybody is answered as soon as their own transaction has ended: one behind it may take ten seconds.
void Writer::commit(Batch batch) {
  CommitFigures figures{.operations = batch.size()};
  const auto start = clock_.steady_now();
  Batch together;
  Batch alone;
  Batch late;
  for (auto& one : batch) {
    const bool is_shared = one->kind() && one->kind()->is_shared();
    if (is_shared && !has_time(*one)) {
      figures.succeeded = false;
      one->refuse(too_slow());
      late.push_back(std::move(one));
    } else {
      (is_shared ? together : alone).push_back(std::move(one));
    }
  }
  answer(std::move(late));
  if (together.size() > 1) {
    commit_group(std::move(together), figures);
  } else {
    std::ranges::move(together, std::back_inserter(alone));
  }
  commit_alone(std::move(alone), Link::tries_as_usual, figures);
  figures.duration = clock_.steady_now() - start;
  figures.waiting = waiting();
  if (observer_) observer_(figures);
}

void Writer::commit_group(Batch group, CommitFigures& figures) {
  std::vector<Waiting*> operations;
  for (const auto& one : group) operations.push_back(one.get());
  const auto [is_refused, fault] = commit_together(operations, 1);
  figures.succeeded &= !fault;
  // The fault of one must not be that of all.
  const bool is_of_one = is_refused || (fault && fault->concerns_one());
  if (is_of_one) return commit_alone(std::move(group), tries_after_collision, figures);
  if (fault) {
    const Error error = told(*fault);
    for (Waiting* one : operations) one->refuse(error);
  }
  answer(std::move(group));
}

// As long as transactions take just now, it could be done in time. A single slow one, while the disk is busy with something else, says
// nothing about the next.
bool Writer::has_time(const Waiting& one) const {
  const auto usual = std::min(lately_[0], lately_[1]);
  const auto needed = std::max<SteadyTime::duration>(try_min, std::min<SteadyTime::duration>(usual, limits_.answer_max / 2));
  return std::chrono::steady_clock::now() + needed <= one.deadline();
}

// One of many whose request has hardly time left must not take theirs from the others.
SteadyTime Writer::deadline_of(std::span<Waiting* const> operations) const {
  const auto first = std::ranges::min(operations, {}, &Waiting::deadline)->deadline();
  if (operations.size() == 1) return first;
  return std::max(first, std::chrono::steady_clock::now() + group_time_min);
}

// While one waits, for a lock or a slow server, the others wait too: first comes who must be told first, so that the last is still told in
// time.
void Writer::commit_alone(Batch operations, int tries_max, CommitFigures& figures) {
  std::ranges::sort(operations, {}, [](const auto& one) { return one->deadline(); });
  std::optional<Error> in_the_way;
  for (auto& one : operations) {
    auto failure = away();
    if (!failure && !has_time(*one)) failure = in_the_way ? *in_the_way : too_slow();
    if (!failure) {
      Waiting* const alone = one.get();
      if (const auto fault = commit_together({&alone, 1}, tries_max).fault) {
        failure = told(*fault);
        if (fault->kind() == StorageFault::Kind::collision) in_the_way = failure;
      }
    }
    if (failure) {
      figures.succeeded = false;
      one->refuse(*failure);
    }
    Batch ended;
    ended.push_back(std::move(one));
    answer(std::move(ended));
  }
}

Writer::Ending Writer::commit_together(std::span<Waiting* const> operations, int tries_max) {
  const auto begin = std::chrono::steady_clock::now();
  const auto deadline = deadline_of(operations);
  try {
    link_.transact([&](Transaction& transaction) { run_kinds(transaction, operations, clock_.now()); }, deadline, tries_max);
    note_duration(std::chrono::steady_clock::now() - begin);
    return {};
  } catch (const Refusal&) {
    return {.is_refused = true, .fault = {}};
  } catch (const StorageFault& fault) {
    const bool is_late = fault.kind() == StorageFault::Kind::late;
    if (is_late) note_duration(std::chrono::steady_clock::now() - begin);
    const bool is_away = is_late ? !link_.is_reachable(std::chrono::steady_clock::now() + sign_of_life_max) : fault.means_away();
    if (is_away) note_away(StorageFault(StorageFault::Kind::away, fault.what()).to_error());
    return {.is_refused = false, .fault = fault};
  }
}

void Writer::run_kinds(Transaction& transaction, std::span<Waiting* const> operations, Timestamp now) {
  if (operations.size() == 1 && !operations.front()->kind()) return operations.front()->run(transaction, now);
  std::vector<Kind*> kinds;
  for (const Waiting* one : operations)
    if (std::ranges::find(kinds, one->kind()) == kinds.end()) kinds.push_back(one->kind());
  std::ranges::sort(kinds, {}, &Kind::order);
  for (Kind* kind : kinds) {
    std::vector<Waiting*> of_kind;
    std::ranges::copy_if(operations, std::back_inserter(of_kind), [kind](const Waiting* one) { return one->kind() == kind; });
    kind->run(transaction, of_kind, now);
  }
}

// What the world is told of it; the operator hears more.
Error Writer::told(const StorageFault& fault) const {
  if (on_fault_) on_fault_(fault.what());
  return fault.to_error();
}

std::optional<Error> Writer::away() const {
  const std::lock_guard lock(mutex_);
  return away_;
}

// While the server is away nobody waits for it: who waits is told now, who comes later at once.
void Writer::note_away(const std::optional<Error>& away) {
  Batch refused;
  {
    const std::lock_guard lock(mutex_);
    away_ = away;
    if (away) refused = std::exchange(waiting_, {});
  }
  for (const auto& one : refused) one->refuse(*away);
  answer(std::move(refused));
}

void Writer::refuse_late() {
  Batch late;
  {
    const std::lock_guard lock(mutex_);
    const auto moment = std::chrono::steady_clock::now() + try_min;
    for (auto& one : waiting_)
      if (one->deadline() < moment) late.push_back(std::move(one));
    std::erase(waiting_, nullptr);
  }
  for (const auto& one : late) one->refuse(too_slow());
  answer(std::move(late));
}

void Writer::answer(Batch batch) {
  auto first = batch.begin();
  while (first != batch.end()) {
    const auto executor = (*first)->executor();
    const auto most = std::min<std::ptrdiff_t>(batch.end() - first, resumed_at_once_max);
    const auto last = std::find_if(first, first + most, [&](const auto& one) { return one->executor() != executor; });
    Batch group(std::make_move_iterator(first), std::make_move_iterator(last));
    boost::asio::post(executor, [waiters = std::move(group)] {
      for (const auto& one : waiters) one->resume();
    });
    first = last;
  }
}

}  // namespace orc::postgres
