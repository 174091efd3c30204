#include "adapters/postgres/readers.h"

#include "domain/assert.h"

namespace orc::postgres {

namespace {

Error too_many_reads() {
  return {ErrorCode::unavailable, "the database is too slow just now for all that is asked of it; try again in a moment"};
}

}  // namespace

Readers::Readers(const Destination& destination, const NamedSql& catalog, ReaderLimits limits, FaultObserver on_fault,
                 const LateRefusals& late_refusals)
    : limits_(limits),
      on_fault_(std::move(on_fault)),
      late_refusals_(late_refusals),
      pool_("reads of the database", {.threads = limits.threads, .waiting_max = limits.waiting_max}) {
  for (std::size_t i = 0; i < limits.threads; ++i) idle_.push_back(std::make_unique<Link>(destination, catalog));
}

// There are as many links as threads, so one is always idle.
Readers::Loan::Loan(Readers& readers) : readers_(readers) {
  const std::lock_guard lock(readers_.mutex_);
  ORC_ASSERT(!readers_.idle_.empty());
  link_ = std::move(readers_.idle_.back());
  readers_.idle_.pop_back();
}

Readers::Loan::~Loan() {
  const std::lock_guard lock(readers_.mutex_);
  readers_.idle_.push_back(std::move(link_));
}

std::optional<Error> Readers::still_away() {
  if (!is_away_.load()) return {};
  const std::lock_guard lock(mutex_);
  return std::chrono::steady_clock::now() < look_again_at_ ? away_ : std::nullopt;
}

std::optional<Error> Readers::refusal(SteadyTime deadline) {
  const auto now = std::chrono::steady_clock::now();
  if (!is_away_.load()) {
    if (now + try_min <= deadline) return {};
    return too_many_reads();
  }
  const std::lock_guard lock(mutex_);
  if (!away_ || now >= look_again_at_) {
    look_again_at_ = now + reconnect_pause + connect_max;
    return {};
  }
  return away_;
}

void Readers::refuse_late() { pool_.refuse_late(std::chrono::steady_clock::now() + try_min, too_many_reads()); }

Error Readers::told(Link& link, const StorageFault& fault) {
  auto error = fault.to_error();
  if (on_fault_) on_fault_(fault.what());
  const bool is_late = fault.kind() == StorageFault::Kind::late;
  const bool is_away = is_late ? !link.is_reachable(std::chrono::steady_clock::now() + sign_of_life_max) : fault.means_away();
  if (is_away) note_away(StorageFault(StorageFault::Kind::away, fault.what()).to_error());
  return error;
}

void Readers::note_away(Error error) {
  const std::lock_guard lock(mutex_);
  away_ = std::move(error);
  look_again_at_ = std::chrono::steady_clock::now() + reconnect_pause;
  is_away_ = true;
}

void Readers::note_back() {
  if (!is_away_.load()) return;
  const std::lock_guard lock(mutex_);
  away_.reset();
  is_away_ = false;
}

}  // namespace orc::postgres
