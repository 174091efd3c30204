#pragma once

namespace orc::sqlite {

// TransactionPart is state in memory that goes with the writer's transaction: what has been counted but not yet written, and what was read
// and is remembered. Called on the writer's thread only.
class TransactionPart {
 public:
  virtual ~TransactionPart() = default;

  // Writes what belongs into the transaction that is about to be committed. Throws StorageFault.
  virtual void before_commit() = 0;

  // The transaction had no effect: forget what it changed. What has to be read anew is read when it is needed next.
  virtual void rolled_back() noexcept = 0;
};

}  // namespace orc::sqlite
