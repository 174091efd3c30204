#pragma once

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/blob_store.h"
#include "ports/credentials.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_clock.h"

namespace orc {

// One empty blob store, as an adapter hands it to the suite.
struct BlobStoreFixture {
  std::shared_ptr<void> owner;  // of all that the references below name
  BlobStore& blobs;
  Digest& digest;  // the one that names the blobs
  FakeClock& clock;
  std::function<void(const ContentHash&)> damage;  // changes the stored bytes behind the store's back
};
using MakeBlobStoreFixture = BlobStoreFixture (*)();

// What every BlobStore must do.
class BlobStoreContract : public testing::TestWithParam<MakeBlobStoreFixture> {
 protected:
  ContentHash put(std::string bytes) { return ok(db.blobs.put(std::move(bytes))); }
  std::string get(ContentHash hash) { return ok(db.blobs.get(hash)); }
  bool holds(ContentHash hash) { return run(db.blobs.get(hash)).has_value(); }

  // `count` blobs, sorted by their hashes.
  std::vector<ContentHash> put_many(int count) {
    std::vector<ContentHash> hashes;
    for (int i = 0; i < count; ++i) hashes.push_back(put("blob " + std::to_string(i)));
    std::ranges::sort(hashes);
    return hashes;
  }

  BlobStoreFixture db = GetParam()();
  Timestamp start = db.clock.now();
};

using Hashes = std::vector<ContentHash>;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

TEST_P(BlobStoreContract, bytes_come_back_under_their_hash) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  for (const std::string& bytes : {std::string(), std::string("x"), every_byte, std::string(3'000'000, '\0')}) {
    const ContentHash hash = put(bytes);
    EXPECT_EQ(hash, db.digest.sha256(bytes));
    EXPECT_EQ(get(hash), bytes);
    EXPECT_EQ(ok(db.blobs.size(hash)), std::ssize(bytes));
  }
}

TEST_P(BlobStoreContract, many_at_once_come_back_each_under_its_hash_also_if_some_are_the_same_or_are_there) {
  const std::string there = "was there";
  put(there);
  const std::vector<std::string> texts = {"one", std::string(3'000'000, 'x'), "one", there, "", std::string(20'000, 'y')};
  const auto hashes = ok(db.blobs.put_all({texts.begin(), texts.end()}));
  ASSERT_EQ(hashes.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(hashes[i], db.digest.sha256(texts[i]));
    EXPECT_TRUE(get(hashes[i]) == texts[i]) << i;
  }
  EXPECT_EQ(ok(db.blobs.put_all({})).size(), 0U);
}

TEST_P(BlobStoreContract, an_unknown_hash_is_not_found) {
  EXPECT_EQ(code_of(db.blobs.get(db.digest.sha256("never put"))), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.blobs.get(ContentHash{})), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.blobs.size(db.digest.sha256("never put"))), ErrorCode::not_found);
}

TEST_P(BlobStoreContract, the_same_bytes_again_are_no_error) {
  const ContentHash hash = put("again");
  EXPECT_EQ(put("again"), hash);
  EXPECT_EQ(get(hash), "again");
}

TEST_P(BlobStoreContract, damage_is_noticed_and_never_handed_out) {
  const ContentHash hash = put("precious");
  db.damage(hash);
  EXPECT_EQ(code_of(db.blobs.get(hash)), ErrorCode::internal);
}

TEST_P(BlobStoreContract, only_what_was_last_put_before_the_cutoff_is_old) {
  const ContentHash early = put("early");
  db.clock.advance(10s);
  const ContentHash late = put("late");
  EXPECT_EQ(ok(db.blobs.older_than(start, {}, 10)), Hashes{});
  EXPECT_EQ(ok(db.blobs.older_than(start + 1ms, {}, 10)), Hashes{early});
  EXPECT_EQ(ok(db.blobs.older_than(start + 10s, {}, 10)), Hashes{early});
  EXPECT_EQ(ok(db.blobs.older_than(start + 11s, {}, 10)), (early < late ? Hashes{early, late} : Hashes{late, early}));
  put("early");
  EXPECT_EQ(ok(db.blobs.older_than(start + 10s, {}, 10)), Hashes{}) << "what came again counts as new";
}

TEST_P(BlobStoreContract, old_blobs_are_listed_in_pages_in_the_order_of_their_hashes) {
  const Hashes all = put_many(100);
  db.clock.advance(1s);
  Hashes listed;
  ContentHash after{};
  for (;;) {
    const Hashes page = ok(db.blobs.older_than(db.clock.now(), after, 7));
    EXPECT_LE(page.size(), 7u);
    if (page.empty()) break;
    listed.insert(listed.end(), page.begin(), page.end());
    after = page.back();
  }
  EXPECT_EQ(listed, all);
}

TEST_P(BlobStoreContract, a_page_starts_after_its_mark_whether_that_exists_or_not) {
  const Hashes all = put_many(10);
  db.clock.advance(1s);
  ContentHash between = all[4];
  between.bytes[31] ^= 1;
  const Hashes page = ok(db.blobs.older_than(db.clock.now(), between, 100));
  EXPECT_EQ(page.size(), between < all[4] ? 6u : 5u);
  EXPECT_EQ(ok(db.blobs.older_than(db.clock.now(), all[9], 100)), Hashes{});
  ContentHash last;
  last.bytes.fill(0xFF);
  EXPECT_EQ(ok(db.blobs.older_than(db.clock.now(), last, 100)), Hashes{});
}

TEST_P(BlobStoreContract, a_removed_blob_is_gone_and_may_come_again) {
  const ContentHash hash = put("bytes");
  const ContentHash other = put("other");
  db.clock.advance(1s);
  ok(db.blobs.remove(hash, db.clock.now()));
  EXPECT_EQ(code_of(db.blobs.get(hash)), ErrorCode::not_found);
  EXPECT_EQ(ok(db.blobs.older_than(db.clock.now(), {}, 10)), Hashes{other});
  EXPECT_EQ(put("bytes"), hash);
  EXPECT_EQ(get(hash), "bytes");
}

TEST_P(BlobStoreContract, a_blob_that_was_put_since_the_cutoff_is_not_removed) {
  const ContentHash hash = put("bytes");
  ok(db.blobs.remove(hash, start));
  EXPECT_TRUE(holds(hash)) << "put at the cutoff itself";
  db.clock.advance(10s);
  put("bytes");
  ok(db.blobs.remove(hash, start + 10s));
  EXPECT_TRUE(holds(hash));
}

TEST_P(BlobStoreContract, removing_what_is_not_there_is_no_error) {
  ok(db.blobs.remove(db.digest.sha256("never put"), start + 1s));
  const ContentHash hash = put("bytes");
  db.clock.advance(1s);
  ok(db.blobs.remove(hash, db.clock.now()));
  ok(db.blobs.remove(hash, db.clock.now()));
}

TEST_P(BlobStoreContract, a_put_beside_a_removal_always_wins) {
  for (int round = 0; round < 20; ++round) {
    put("bytes");
    db.clock.advance(10s);
    const Timestamp cutoff = db.clock.now();  // what is put from now on stays
    const auto remove = [&]() -> Async<ContentHash> {
      auto removed = co_await db.blobs.remove(db.digest.sha256("bytes"), cutoff);
      if (!removed) co_return pass_on(removed);
      co_return ContentHash{};
    };
    std::vector<Async<ContentHash>> at_once;
    at_once.push_back(remove());
    at_once.push_back(db.blobs.put("bytes"));
    at_once.push_back(remove());
    for (auto& answer : run_all(std::move(at_once))) ok(std::move(answer));
    EXPECT_EQ(get(db.digest.sha256("bytes")), "bytes");
  }
}

TEST_P(BlobStoreContract, many_puts_at_once_are_all_kept) {
  std::vector<Async<ContentHash>> at_once;
  for (int i = 0; i < 60; ++i) at_once.push_back(db.blobs.put("blob " + std::to_string(i % 20)));
  for (auto& answer : run_all(std::move(at_once))) ok(std::move(answer));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(get(db.digest.sha256("blob " + std::to_string(i))), "blob " + std::to_string(i));
}

}  // namespace orc
