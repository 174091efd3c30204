// SQLite passes the contract of every store.
#include <unistd.h>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/sqlite/sqlite_store.h"
#include "adapters/sqlite/temporary_folder.h"
#include "tests/contract/store_fixture.h"

namespace orc {
namespace {

struct OneStore {
  TemporaryFolder folder;
  FakeClock clock;
  Sha256Digest digest;
  std::unique_ptr<SqliteStore> store = ok(SqliteStore::open({.file = folder.path() / "orc.db"}, clock, digest));
};

}  // namespace

StoreFixture open_store_under_test() {
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
          .callbacks = store.callbacks(),
          .catalog = store.blobs(),
          .deliberations = store.deliberations(),
          .events = store.events(),
          .clock = clock};
}

}  // namespace orc
