#pragma once

#include <memory>
#include <string>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/postgres/postgres_store.h"
#include "adapters/system/system_clock.h"
#include "tests/contract/run_async.h"

namespace orc::postgres {

// For tests: a store as one process has it.
struct OneStore {
  explicit OneStore(const std::string& url) : store(ok(PostgresStore::open({.url = url}, clock, digest))) {}

  SystemClock clock;
  Sha256Digest digest;
  std::unique_ptr<PostgresStore> store;
};

}  // namespace orc::postgres
