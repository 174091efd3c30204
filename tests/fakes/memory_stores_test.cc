// The fakes pass the suites of the real stores: only therefore a use-case test on them means something.
#include "tests/fakes/memory_stores.h"

#include "tests/contract/blob_store_contract.h"
#include "tests/contract/store_fixture.h"

namespace orc {
namespace {

BlobStoreFixture make_memory_blob_fixture() {
  auto stores = std::make_shared<MemoryStores>();
  MemoryStores& all = *stores;
  return {
      .owner = std::move(stores), .blobs = all.blobs, .digest = all.digest, .clock = all.clock, .damage = [&all](const ContentHash& hash) {
        all.blobs.damage(hash);
      }};
}

INSTANTIATE_TEST_SUITE_P(Memory, BlobStoreContract, testing::Values(make_memory_blob_fixture));

}  // namespace

StoreFixture open_store_under_test() {
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
          .callbacks = all.callbacks,
          .catalog = all.blob_catalog,
          .deliberations = all.deliberations,
          .events = all.events,
          .clock = all.clock};
}

}  // namespace orc
