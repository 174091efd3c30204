// PostgreSQL passes the contract of every store, with a role that has no more rights than it needs.
#include "adapters/crypto/sha256_digest.h"
#include "adapters/postgres/postgres_store.h"
#include "adapters/postgres/private_server.h"
#include "tests/contract/store_fixture.h"

namespace orc {
namespace {

using postgres::PrivateServer;

PrivateServer& server() {
  static PrivateServer one(PrivateServer::Durability::fast);
  return one;
}

struct OneStore {
  OneStore()
      : url(server().make_database()),
        store(ok(PostgresStore::open({.url = postgres::as_role(url, postgres::serving_role)}, clock, digest))) {}
  ~OneStore() {
    store.reset();
    server().drop_database(url);
  }

  FakeClock clock;
  Sha256Digest digest;
  const std::string url;
  std::unique_ptr<PostgresStore> store;
};

}  // namespace

StoreFixture open_store_under_test() {
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
          .callbacks = store.callbacks(),
          .catalog = store.blobs(),
          .deliberations = store.deliberations(),
          .events = store.events(),
          .clock = clock};
}

}  // namespace orc
