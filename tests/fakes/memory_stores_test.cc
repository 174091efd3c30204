// The fakes pass the suites of the real stores: only therefore a use-case test on them means something.
#include "tests/fakes/memory_stores.h"

#include "tests/contract/audit_log_contract.h"
#include "tests/contract/blob_catalog_contract.h"
#include "tests/contract/blob_store_contract.h"
#include "tests/contract/job_store_contract.h"
#include "tests/contract/plugin_store_contract.h"
#include "tests/contract/retention_contract.h"
#include "tests/contract/user_store_contract.h"
#include "tests/contract/worker_store_contract.h"

namespace orc {
namespace {

StoreFixture make_memory_fixture() {
  auto stores = std::make_shared<MemoryStores>();
  MemoryStores& all = *stores;
  return {.owner = std::move(stores),
          .jobs = all.jobs,
          .reader = all.job_reader,
          .plugins = all.plugins,
          .plugin_reader = all.plugin_reader,
          .users = all.users,
          .keys = all.api_keys,
          .workers = all.workers,
          .audit = all.audit,
          .retention = all.retention,
          .catalog = all.blob_catalog,
          .clock = all.clock};
}

BlobStoreFixture make_memory_blob_fixture() {
  auto stores = std::make_shared<MemoryStores>();
  MemoryStores& all = *stores;
  return {
      .owner = std::move(stores), .blobs = all.blobs, .digest = all.digest, .clock = all.clock, .damage = [&all](const ContentHash& hash) {
        all.blobs.damage(hash);
      }};
}

INSTANTIATE_TEST_SUITE_P(Memory, BlobStoreContract, testing::Values(make_memory_blob_fixture));
INSTANTIATE_TEST_SUITE_P(Memory, AuditLogContract, testing::Values(make_memory_fixture));
INSTANTIATE_TEST_SUITE_P(Memory, BlobCatalogContract, testing::Values(make_memory_fixture));
INSTANTIATE_TEST_SUITE_P(Memory, JobStoreContract, testing::Values(make_memory_fixture));
INSTANTIATE_TEST_SUITE_P(Memory, JobStoreRandomWalk, testing::Values(make_memory_fixture));
INSTANTIATE_TEST_SUITE_P(Memory, PluginStoreContract, testing::Values(make_memory_fixture));
INSTANTIATE_TEST_SUITE_P(Memory, RetentionContract, testing::Values(make_memory_fixture));
INSTANTIATE_TEST_SUITE_P(Memory, UserStoreContract, testing::Values(make_memory_fixture));
INSTANTIATE_TEST_SUITE_P(Memory, WorkerStoreContract, testing::Values(make_memory_fixture));

}  // namespace
}  // namespace orc
