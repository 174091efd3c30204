#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/transaction.h"

namespace orc::postgres {

// Link keeps one connection to the server, and runs transactions on it so that their outcome is known. Used by one thread at a time.
//
// A transaction that did not come to its commit had no effect, so it is tried again on a new connection, or after a collision with another
// one, but not if it took too long. When the answer to a commit is lost, the mark that it would have left tells whether it took place
// (docs/decisions/ambiguous_commits.md).
class Link {
 public:
  // How often a transaction is tried that others were in the way of.
  static constexpr int tries_as_usual = 10;

  Link(const Destination& destination, const NamedSql& catalog);

  // Connects if there is no connection; after an attempt that failed, to the next of several hosts first. Throws StorageFault (away).
  void connect(SteadyTime deadline);
  // Whether it is connected, or could connect.
  bool is_reachable(SteadyTime deadline);
  bool is_connected() const { return connection_ != nullptr; }
  void drop() { connection_.reset(); }
  Connection& connection() { return *connection_; }

  // Runs `work` and commits. Throws what `work` throws, after a rollback, and StorageFault: away, if the server was not reached before the
  // deadline; in_doubt, if the outcome could not be learnt (outcome_max); late, if it is alive but was not done before the deadline; others
  // as the server said. Others were in the way: it is tried `tries_max` times, and only while there is time for one more.
  void transact(const std::function<void(Transaction&)>& work, SteadyTime deadline, int tries_max = tries_as_usual);

 private:
  enum class Outcome : std::uint8_t { committed, aborted };

  std::optional<StorageFault> attempt(const std::function<void(Transaction&)>& work, SteadyTime deadline);
  Outcome learn_outcome(std::int64_t number, int backend, SteadyTime deadline);
  Outcome outcome_of(std::int64_t number, int backend, SteadyTime deadline);
  Rows ask(std::string_view name, const Parameters& parameters, SteadyTime deadline);
  std::int64_t take_mark(SteadyTime deadline);
  void give_up_transaction(SteadyTime deadline) noexcept;

  const Destination destination_;
  const NamedSql& catalog_;
  Transaction::Mark mark_;   // of the last transaction; its writer is random, so that no other has it
  bool holds_mark_ = false;  // on the connection that is open
  std::unique_ptr<Connection> connection_;
  std::size_t first_host_ = 0;
};

}  // namespace orc::postgres
