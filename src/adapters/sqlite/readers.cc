#include "adapters/sqlite/readers.h"

#include "domain/assert.h"

namespace orc::sqlite {

ReadSession::ReadSession(const FileOptions& file, const StatementCatalog& catalog)
    : connection(file, Access::read_only),
      begin(catalog.prepare(connection, "begin_read")),
      end(catalog.prepare(connection, "end_transaction")),
      jobs(connection, catalog),
      job_lists(connection, catalog, jobs),
      plugins(connection, catalog),
      users(connection, catalog),
      references(connection, catalog),
      callbacks(connection, catalog),
      deliberations(connection, catalog),
      events(connection, catalog) {}

Readers::Readers(const FileOptions& file, const StatementCatalog& catalog, ReaderLimits limits, FaultObserver on_fault)
    : on_fault_(std::move(on_fault)),
      here_(std::make_unique<ReadSession>(file, catalog)),
      pool_("reads of the database", {.threads = limits.threads, .waiting_max = limits.waiting_max}) {
  for (std::size_t i = 0; i < limits.threads; ++i) idle_.push_back(std::make_unique<ReadSession>(file, catalog));
}

// There are as many sessions as threads, so one is always idle.
Readers::Loan::Loan(Readers& readers) : readers_(readers) {
  const std::lock_guard lock(readers_.idle_mutex_);
  ORC_ASSERT(!readers_.idle_.empty());
  session_ = std::move(readers_.idle_.back());
  readers_.idle_.pop_back();
}

Readers::Loan::~Loan() {
  const std::lock_guard lock(readers_.idle_mutex_);
  readers_.idle_.push_back(std::move(session_));
}

}  // namespace orc::sqlite
