#include <algorithm>

#include "tests/contract/store_fixture.h"

namespace orc {

// What every BlobCatalog must do.
class BlobCatalogContract : public StoreContract {
 protected:
  static ContentHash hash(std::uint8_t n) {
    ContentHash made;
    made.bytes.fill(n);
    return made;
  }

  std::vector<ContentHash> forget(std::vector<ContentHash> hashes) {
    auto gone = ok(db.catalog.forget_unreferenced(std::move(hashes), db.clock.now()));
    std::ranges::sort(gone);
    return gone;
  }
};

using Hashes = std::vector<ContentHash>;
using std::chrono_literals::operator""s;

TEST_F(BlobCatalogContract, an_upload_is_known_to_anybody_who_names_it) {
  ok(db.catalog.record(hash(1), 10, user.id));
  ok(db.catalog.record(hash(2), 20, admin.id));
  Hashes known = ok(db.catalog.recorded({hash(3), hash(2), hash(1)}));
  std::ranges::sort(known);
  EXPECT_EQ(known, (Hashes{hash(1), hash(2)}));
  EXPECT_TRUE(ok(db.catalog.recorded({})).empty());
}

TEST_F(BlobCatalogContract, an_upload_may_come_again_from_anybody) {
  ok(db.catalog.record(hash(1), 10, user.id));
  ok(db.catalog.record(hash(1), 10, user.id));
  ok(db.catalog.record(hash(1), 10, admin.id));
  EXPECT_EQ(ok(db.catalog.recorded({hash(1)})), Hashes{hash(1)});
}

TEST_F(BlobCatalogContract, what_nothing_refers_to_is_forgotten_once_it_is_old) {
  ok(db.catalog.record(hash(1), 10, user.id));
  EXPECT_EQ(forget({hash(1), hash(2)}), Hashes{hash(2)}) << "a new upload stays; what was never uploaded has no such grace";
  EXPECT_EQ(ok(db.catalog.recorded({hash(1)})), Hashes{hash(1)});
  db.clock.advance(1s);
  EXPECT_EQ(forget({hash(1)}), Hashes{hash(1)});
  EXPECT_TRUE(ok(db.catalog.recorded({hash(1)})).empty());
}

TEST_F(BlobCatalogContract, an_upload_that_came_again_counts_as_new) {
  ok(db.catalog.record(hash(1), 10, user.id));
  db.clock.advance(1s);
  ok(db.catalog.record(hash(1), 10, user.id));
  EXPECT_EQ(forget({hash(1)}), Hashes{});
}

TEST_F(BlobCatalogContract, what_a_job_refers_to_stays_as_long_as_the_job) {
  for (const std::uint8_t n : {1, 2, 3, 4}) ok(db.catalog.record(hash(n), 10, user.id));
  NewJob given = job();
  given.input = {.text = {}, .blob = hash(1)};
  given.blobs = {hash(2)};
  const ClaimedJob claimed = running(given);
  AttemptEnd end = success(claimed);
  end.result = Payload{.text = {}, .blob = hash(3)};
  finish(end);
  db.clock.advance(1s);
  EXPECT_EQ(forget({hash(1), hash(2), hash(3), hash(4)}), Hashes{hash(4)});
  EXPECT_EQ(ok(db.catalog.recorded({hash(1), hash(2), hash(3)})).size(), 3u);
  ok(db.jobs.erase(claimed.id));
  EXPECT_EQ(forget({hash(1), hash(2), hash(3)}), (Hashes{hash(1), hash(2), hash(3)}));
}

TEST_F(BlobCatalogContract, a_result_that_a_retry_cleared_is_no_reference) {
  AttemptEnd end = success(running());
  end.result = Payload{.text = {}, .blob = hash(3)};
  finish(end);
  ok(db.jobs.retry(end.id));
  EXPECT_EQ(forget({hash(3)}), Hashes{hash(3)});
}

TEST_F(BlobCatalogContract, two_jobs_may_refer_to_one_blob) {
  ok(db.catalog.record(hash(1), 10, user.id));
  NewJob given = job();
  given.blobs = {hash(1), hash(1)};
  const auto ids = submit_all({given, given});
  db.clock.advance(1s);
  ok(db.jobs.erase(ids[0]));
  EXPECT_EQ(forget({hash(1)}), Hashes{});
  ok(db.jobs.erase(ids[1]));
  EXPECT_EQ(forget({hash(1)}), Hashes{hash(1)});
}

TEST_F(BlobCatalogContract, a_submission_that_names_a_swept_upload_stores_nothing) {
  ok(db.catalog.record(hash(1), 10, user.id));
  db.clock.advance(1s);
  EXPECT_EQ(forget({hash(1)}), Hashes{hash(1)});
  NewJob given = job();
  given.blobs = {hash(1)};
  EXPECT_EQ(code_of(db.jobs.submit({job(), given})), ErrorCode::not_found);
  EXPECT_EQ(ok(db.reader.counts({})), JobCounts{});
}

TEST_F(BlobCatalogContract, the_package_of_every_version_stays) {
  PluginSpec packed = spec();
  packed.package = hash(1);
  const Plugin made = ok(db.plugins.add({.name = "packed", .version = "1.0.0", .description = "", .spec = packed}));
  packed.package = hash(2);
  ok(db.plugins.change(made.id, {.spec = packed}));
  EXPECT_EQ(forget({hash(1), hash(2), hash(3)}), Hashes{hash(3)});
}

TEST_F(BlobCatalogContract, the_package_of_an_erased_plugin_stays_while_a_job_is_pinned_to_it) {
  PluginSpec packed = spec();
  packed.package = hash(1);
  const Plugin made = ok(db.plugins.add({.name = "packed", .version = "1.0.0", .description = "", .spec = packed}));
  const ClaimedJob claimed = running(job_for(made));
  ok(db.plugins.erase(made.id));
  EXPECT_EQ(forget({hash(1)}), Hashes{});
  EXPECT_EQ(ok(db.plugin_reader.version(claimed.version)).spec.package, hash(1));
}

}  // namespace orc
