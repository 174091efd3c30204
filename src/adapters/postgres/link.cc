#include "adapters/postgres/link.h"

#include <algorithm>
#include <random>

#include "adapters/postgres/store_options.h"

namespace orc::postgres {
namespace {

std::int64_t random_number() {
  std::random_device source;
  return static_cast<std::int64_t>(std::uint64_t{source()} << 32 | source());
}

// Whether another connection may know better.
bool is_of_connection(const StorageFault& fault) {
  return fault.kind() == StorageFault::Kind::away || fault.kind() == StorageFault::Kind::unfit;
}

// A large blob has half a minute for its pieces, but whether it was stored is one question. There is always time for it.
SteadyTime last_moment_of_asking(SteadyTime heard_at, SteadyTime deadline) {
  return std::max(std::chrono::steady_clock::now(), std::min(deadline, heard_at + outcome_max)) + connect_max / 2;
}

}  // namespace

Link::Link(const Destination& destination, const NamedSql& catalog)
    : destination_(destination), catalog_(catalog), mark_{.writer = random_number()} {}

void Link::connect(SteadyTime deadline) {
  if (connection_) return;
  holds_mark_ = false;
  const auto attempt_end = std::min(deadline, std::chrono::steady_clock::now() + connect_max);
  try {
    connection_ = std::make_unique<Connection>(destination_, catalog_, attempt_end, first_host_);
  } catch (const StorageFault&) {
    ++first_host_;
    throw;
  }
}

bool Link::is_reachable(SteadyTime deadline) {
  try {
    connect(deadline);
    return true;
  } catch (const StorageFault&) {
    return false;
  }
}

void Link::transact(const std::function<void(Transaction&)>& work, SteadyTime deadline, int tries_max) {
  bool may_be_cut = true;
  for (int collisions = 0;;) {
    connect(deadline);
    const auto fault = attempt(work, deadline);
    if (!fault) return;
    const auto left = deadline - std::chrono::steady_clock::now();
    const bool may_retry = left > SteadyTime::duration::zero();
    // A connection may have been cut, long ago or just now, and may know tables as they were; that of the second try is the truth.
    const bool was_cut = is_of_connection(*fault) && std::exchange(may_be_cut, false);
    const bool collided = fault->kind() == StorageFault::Kind::collision && ++collisions < tries_max && left > lock_wait_max;
    if (!may_retry || (!was_cut && !collided)) throw *fault;
  }
}

// What went wrong, if the transaction had no effect.
std::optional<StorageFault> Link::attempt(const std::function<void(Transaction&)>& work, SteadyTime deadline) {
  Transaction::Mark mark = mark_;
  bool is_committing = false;
  try {
    if (!holds_mark_) take_mark(deadline);
    mark = {.writer = mark_.writer, .generation = mark_.generation, .number = ++mark_.number};
    Transaction transaction(*connection_, mark, deadline);
    work(transaction);
    is_committing = true;
    transaction.commit();
    return {};
  } catch (const StorageFault& fault) {
    if (!is_of_connection(fault) && !connection_->is_broken()) {
      give_up_transaction(deadline);
      return fault;
    }
    const int backend = connection_->backend();
    const auto asked_until = last_moment_of_asking(connection_->heard_at(), deadline);
    drop();
    if (is_committing && learn_outcome(mark.number, backend, asked_until) == Outcome::committed) return {};
    return fault;
  } catch (...) {
    give_up_transaction(deadline);
    throw;
  }
}

// The outcome that outcome_of() gives, or the fault that nobody knows it.
Link::Outcome Link::learn_outcome(std::int64_t number, int backend, SteadyTime deadline) {
  try {
    return outcome_of(number, backend, deadline);
  } catch (const StorageFault& fault) {
    throw StorageFault(StorageFault::Kind::in_doubt, std::string("the answer to a commit was lost, and then: ") + fault.what());
  }
}

// While the mark is locked the commit is under way, and its session may wait for something that does not come, so it is ended. Only that
// session can hold the lock, so no other is hit.
Link::Outcome Link::outcome_of(std::int64_t number, int backend, SteadyTime deadline) {
  for (;;) {
    connect(deadline);
    try {
      ask("mark_is_free", Parameters(mark_.writer), deadline);
      return take_mark(deadline) == number ? Outcome::committed : Outcome::aborted;
    } catch (const StorageFault& fault) {
      if (fault.kind() != StorageFault::Kind::collision) throw;
      ask("end_backend", Parameters(std::int64_t{backend}), deadline);
    }
  }
}

// Gives the number of the last transaction that took place. From now on none of an earlier connection can.
std::int64_t Link::take_mark(SteadyTime deadline) {
  const Rows mark = ask("take_mark", Parameters(mark_.writer, mark_.generation), deadline);
  mark_.generation = mark[0].integer(0);
  holds_mark_ = true;
  return mark[0].integer(1);
}

Rows Link::ask(std::string_view name, const Parameters& parameters, SteadyTime deadline) {
  const std::size_t place = connection_->send(name, parameters);
  connection_->exchange(deadline);
  return connection_->answer(place);
}

void Link::give_up_transaction(SteadyTime deadline) noexcept {
  try {
    connection_->roll_back(deadline);
  } catch (const StorageFault&) {
    drop();  // the server rolls back what its client left
  }
}

}  // namespace orc::postgres
