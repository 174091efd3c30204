#include "adapters/postgres/postgres_blob_store.h"

#include "adapters/crypto/sha256_digest.h"
#include "adapters/postgres/postgres_store.h"
#include "adapters/postgres/private_server.h"
#include "tests/contract/blob_store_contract.h"

namespace orc::postgres {
namespace {

PrivateServer& server() {
  static PrivateServer one(PrivateServer::Durability::fast);
  return one;
}

struct BlobDatabase {
  BlobDatabase() : url(server().make_database()), store(ok(PostgresStore::open({.url = url}, clock, digest))) {}
  ~BlobDatabase() {
    store.reset();
    server().drop_database(url);
  }
  BlobDatabase(const BlobDatabase&) = delete;
  BlobDatabase& operator=(const BlobDatabase&) = delete;

  void sql(const std::string& text) { server().run_script(url, text); }

  FakeClock clock;
  Sha256Digest digest;
  const std::string url;
  std::unique_ptr<PostgresStore> store;
};

BlobStoreFixture make_postgres_fixture() {
  auto made = std::make_shared<BlobDatabase>();
  BlobDatabase& all = *made;
  const auto damage = [&all](const ContentHash& hash) {
    all.sql("UPDATE stored_blob_pieces SET piece = piece || 'x'::bytea WHERE hash = '\\x" + to_hex(hash) + "'");
  };
  return {.owner = std::move(made), .blobs = all.store->blob_store(), .digest = all.digest, .clock = all.clock, .damage = damage};
}

INSTANTIATE_TEST_SUITE_P(Postgres, BlobStoreContract, testing::Values(make_postgres_fixture));

struct PostgresBlobs : testing::Test {
  BlobStore& blobs() { return db.store->blob_store(); }

  BlobDatabase db;
};

TEST_F(PostgresBlobs, come_back_whole_whatever_their_size) {
  constexpr std::size_t piece = PostgresBlobStore::piece_bytes;
  for (const std::size_t size : {std::size_t{1}, piece - 1, piece, piece + 1, 3 * piece, 17 * piece + 5}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / piece);
    const ContentHash hash = ok(blobs().put(bytes));
    EXPECT_TRUE(ok(blobs().get(hash)) == bytes) << size;
  }
}

TEST_F(PostgresBlobs, are_seen_by_another_process_as_soon_as_they_are_put) {
  Sha256Digest digest;
  const auto other = ok(PostgresStore::open({.url = db.url}, db.clock, digest));
  const ContentHash hash = ok(blobs().put(std::string(100'000, 'x')));
  EXPECT_EQ(ok(other->blob_store().get(hash)).size(), 100'000u);
}

TEST_F(PostgresBlobs, that_lack_a_piece_are_not_handed_out) {
  const ContentHash hash = ok(blobs().put(std::string(3 * PostgresBlobStore::piece_bytes, 'x')));
  db.sql("DELETE FROM stored_blob_pieces WHERE number = 1");
  EXPECT_EQ(code_of(blobs().get(hash)), ErrorCode::not_found);
}

TEST_F(PostgresBlobs, that_were_not_wholly_put_are_not_there) {
  db.sql("ALTER TABLE stored_blob_pieces ADD CHECK (number < 2)");
  const std::string bytes(3 * PostgresBlobStore::piece_bytes, 'x');
  EXPECT_FALSE(run(blobs().put(bytes)).has_value());
  EXPECT_EQ(code_of(blobs().get(db.digest.sha256(bytes))), ErrorCode::not_found);
  db.sql("DO $$ BEGIN IF EXISTS (SELECT FROM stored_blob_pieces) THEN RAISE 'a piece was left'; END IF; END $$");
}

TEST_F(PostgresBlobs, leave_nothing_behind_when_they_are_removed) {
  const ContentHash hash = ok(blobs().put(std::string(2 * PostgresBlobStore::piece_bytes, 'x')));
  using namespace std::chrono_literals;
  ok(blobs().remove(hash, db.clock.now() + 1ms));
  db.sql("DO $$ BEGIN IF EXISTS (SELECT FROM stored_blob_pieces) THEN RAISE 'a piece was left'; END IF; END $$");
}

}  // namespace
}  // namespace orc::postgres
