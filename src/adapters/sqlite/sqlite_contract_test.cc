// SQLite passes the contract of every store.
#include <unistd.h>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/sqlite/sqlite_store.h"
#include "adapters/sqlite/temporary_folder.h"
#include "tests/contract/audit_log_contract.h"
#include "tests/contract/blob_catalog_contract.h"
#include "tests/contract/job_store_contract.h"
#include "tests/contract/plugin_store_contract.h"
#include "tests/contract/retention_contract.h"
#include "tests/contract/user_store_contract.h"
#include "tests/contract/worker_store_contract.h"

namespace orc {
namespace {

struct OneStore {
  TemporaryFolder folder;
  FakeClock clock;
  Sha256Digest digest;
  std::unique_ptr<SqliteStore> store = ok(SqliteStore::open({.file = folder.path() / "orc.db"}, clock, digest));
};

StoreFixture make_sqlite_fixture() {
  auto one = std::make_shared<OneStore>();
  SqliteStore& store = *one->store;
  FakeClock& clock = one->clock;
  return {.owner = std::move(one),
          .jobs = store.jobs(),
          .reader = store.job_reader(),
          .plugins = store.plugins(),
          .plugin_reader = store.plugin_reader(),
          .users = store.users(),
          .keys = store.api_keys(),
          .workers = store.workers(),
          .audit = store.audit(),
          .retention = store.retention(),
          .catalog = store.blobs(),
          .clock = clock};
}

INSTANTIATE_TEST_SUITE_P(Sqlite, AuditLogContract, testing::Values(make_sqlite_fixture));
INSTANTIATE_TEST_SUITE_P(Sqlite, BlobCatalogContract, testing::Values(make_sqlite_fixture));
INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreContract, testing::Values(make_sqlite_fixture));
INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreRandomWalk, testing::Values(make_sqlite_fixture));
INSTANTIATE_TEST_SUITE_P(Sqlite, PluginStoreContract, testing::Values(make_sqlite_fixture));
INSTANTIATE_TEST_SUITE_P(Sqlite, RetentionContract, testing::Values(make_sqlite_fixture));
INSTANTIATE_TEST_SUITE_P(Sqlite, UserStoreContract, testing::Values(make_sqlite_fixture));
INSTANTIATE_TEST_SUITE_P(Sqlite, WorkerStoreContract, testing::Values(make_sqlite_fixture));

}  // namespace
}  // namespace orc
