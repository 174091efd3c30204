#pragma once

#include <vector>

#include "adapters/sqlite/statement_catalog.h"
#include "ports/blob_store.h"
#include "ports/worker_store.h"

namespace orc::sqlite {

// ReferenceQueries reads workers and uploads over one connection; used by the thread whose turn it is. Throws StorageFault.
class ReferenceQueries {
 public:
  ReferenceQueries(Connection& connection, const StatementCatalog& catalog)
      : workers_(catalog.prepare(connection, "workers")), is_recorded_(catalog.prepare(connection, "blob_is_recorded")) {}

  std::vector<Worker> workers();
  std::vector<ContentHash> recorded(const std::vector<ContentHash>& hashes);

 private:
  Statement workers_;
  Statement is_recorded_;
};

}  // namespace orc::sqlite
