// PostgreSQL passes the contract of every store.
#include "adapters/crypto/sha256_digest.h"
#include "adapters/postgres/postgres_store.h"
#include "adapters/postgres/private_server.h"
#include "tests/contract/audit_log_contract.h"
#include "tests/contract/blob_catalog_contract.h"
#include "tests/contract/job_store_contract.h"
#include "tests/contract/plugin_store_contract.h"
#include "tests/contract/retention_contract.h"
#include "tests/contract/user_store_contract.h"
#include "tests/contract/worker_store_contract.h"

namespace orc {
namespace {

using postgres::PrivateServer;

PrivateServer& server() {
  static PrivateServer one(PrivateServer::Durability::fast);
  return one;
}

struct OneStore {
  OneStore() : url(server().make_database()), store(ok(PostgresStore::open({.url = url}, clock, digest))) {}
  ~OneStore() {
    store.reset();
    server().drop_database(url);
  }

  FakeClock clock;
  Sha256Digest digest;
  const std::string url;
  std::unique_ptr<PostgresStore> store;
};

StoreFixture make_postgres_fixture() {
  auto one = std::make_shared<OneStore>();
  PostgresStore& store = *one->store;
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

INSTANTIATE_TEST_SUITE_P(Postgres, AuditLogContract, testing::Values(make_postgres_fixture));
INSTANTIATE_TEST_SUITE_P(Postgres, BlobCatalogContract, testing::Values(make_postgres_fixture));
INSTANTIATE_TEST_SUITE_P(Postgres, JobStoreContract, testing::Values(make_postgres_fixture));
INSTANTIATE_TEST_SUITE_P(Postgres, JobStoreRandomWalk, testing::Values(make_postgres_fixture));
INSTANTIATE_TEST_SUITE_P(Postgres, PluginStoreContract, testing::Values(make_postgres_fixture));
INSTANTIATE_TEST_SUITE_P(Postgres, RetentionContract, testing::Values(make_postgres_fixture));
INSTANTIATE_TEST_SUITE_P(Postgres, UserStoreContract, testing::Values(make_postgres_fixture));
INSTANTIATE_TEST_SUITE_P(Postgres, WorkerStoreContract, testing::Values(make_postgres_fixture));

}  // namespace
}  // namespace orc
