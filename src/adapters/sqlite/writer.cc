#include "adapters/sqlite/writer.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <unistd.h>

#include "adapters/system/json_event_log.h"

namespace orc::sqlite {
namespace {

// A post resumes at most so many, so that the I/O thread comes to its sockets in between.
constexpr std::size_t resumed_at_once_max = 64;

// After a failed sync the page cache may call pages clean that never reached the disk (fsyncgate; attacks.md, R4). Nothing that this
// process knows is certain any more; what is on the disk is, and the next start reads it.
[[noreturn]] void end_process(Clock& clock, const StorageFault& fault) {
  write_last_line(STDERR_FILENO, clock, LogLevel::error, "the disk did not keep what was written to the database",
                  {{"reason", std::string_view(fault.what())}, {"answer", "the process ends, so that nothing is promised that was lost"}});
  ::_exit(1);
}

}  // namespace

Writer::Writer(Connection& connection, const StatementCatalog& catalog, Clock& clock, std::vector<TransactionPart*> parts,
               WriterLimits limits, CommitObserver observer, FaultObserver on_fault)
    : connection_(connection),
      clock_(clock),
      parts_(std::move(parts)),
      limits_(limits),
      observer_(std::move(observer)),
      on_fault_(std::move(on_fault)),
      begin_(catalog.prepare(connection, "begin_write")),
      commit_(catalog.prepare(connection, "end_transaction")),
      restart_at_(limits.log_pages_restart),
      thread_([this] { work(); }) {}

Writer::~Writer() { stop(); }

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::size_t Writer::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void Writer::submit(std::unique_ptr<Waiting> waiting) {
  bool was_idle = false;
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && waiting_.size() < limits_.waiting_max) {
      was_idle = waiting_.empty();
      waiting_.push_back(std::move(waiting));
    } else if (stopping_) {
      waiting->refuse({ErrorCode::unavailable, "the database is being closed"});
    } else {
      waiting->refuse({ErrorCode::resource_exhausted,
                       "too many changes wait for the disk (" + std::to_string(limits_.waiting_max) + "); try again in a moment"});
    }
  }
  if (was_idle) changed_.notify_one();
  if (!waiting) return;
  Batch refused;
  refused.push_back(std::move(waiting));
  answer(std::move(refused));
}

void Writer::work() {
  for (Batch batch = take_batch(); !batch.empty(); batch = take_batch()) commit(std::move(batch));
}

// Everything that waits, up to the row limit; empty when the writer is to end.
Writer::Batch Writer::take_batch() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  std::size_t rows = 0;
  const auto end = std::ranges::find_if(waiting_, [&](const auto& one) { return (rows += one->rows()) > limits_.rows_per_commit_max; });
  if (end == waiting_.end()) return std::exchange(waiting_, {});
  Batch batch;
  const auto last = end == waiting_.begin() ? std::next(end) : end;
  batch.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(last));
  waiting_.erase(waiting_.begin(), last);
  return batch;
}

void Writer::commit(Batch batch) {
  CommitFigures figures{.operations = batch.size()};
  const auto start = clock_.steady_now();
  if (const auto fault = try_commit(batch)) {
    figures.succeeded = false;
    const bool concerns_one = fault->kind() == StorageFault::Kind::statement && batch.size() > 1;
    for (const auto& one : batch) {
      const auto again = concerns_one ? try_commit({&one, 1}) : fault;
      if (!again) continue;
      if (on_fault_ && concerns_one) on_fault_(again->what());
      one->refuse(again->to_error());
    }
    if (on_fault_ && !concerns_one) on_fault_(fault->what());
  }
  figures.duration = clock_.steady_now() - start;
  answer(std::move(batch));
  checkpoint_if_due(figures);
  figures.waiting = waiting();
  if (observer_) observer_(figures);
}

std::optional<StorageFault> Writer::try_commit(std::span<const std::unique_ptr<Waiting>> operations) {
  try {
    begin_.execute();
    const Timestamp now = clock_.now();
    for (const auto& one : operations) one->run(now);
    for (TransactionPart* part : parts_) part->before_commit();
    commit_.execute();
    return {};
  } catch (const StorageFault& fault) {
    if (fault.kind() == StorageFault::Kind::sync_failed) end_process(clock_, fault);
    roll_back();
    return fault;
  }
}

void Writer::roll_back() noexcept {
  connection_.roll_back();
  for (TransactionPart* part : parts_) part->rolled_back();
}

// A backup reads the log for as long as it takes, so a restart that was in vain is tried again only when the log has doubled.
void Writer::checkpoint_if_due(CommitFigures& figures) {
  const int pages = connection_.log_pages();
  if (pages < limits_.log_pages_max) return;
  const bool is_long = pages >= restart_at_;
  const auto start = clock_.steady_now();
  try {
    const bool starts_anew = connection_.checkpoint(is_long ? Checkpoint::restart : Checkpoint::passive);
    if (is_long) restart_at_ = starts_anew ? limits_.log_pages_restart : 2 * pages;
  } catch (const StorageFault& fault) {
    // Only the copy failed: the log still holds everything, and the next commit tries again.
    if (fault.kind() == StorageFault::Kind::sync_failed) end_process(clock_, fault);
    figures.checkpoint_failed = true;
  }
  figures.checkpoint = clock_.steady_now() - start;
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

}  // namespace orc::sqlite
