#include "application/job/upload_blob.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

struct UploadBlobTest : testing::Test {
  FakeWorld world;
  UploadBlob upload{world.blobs, world.blob_catalog};
  ContentHash hash = world.digest.sha256("picture");
  Principal bob = FakeWorld::principal(world.bob);
};

TEST_F(UploadBlobTest, bytes_with_the_right_hash_are_kept_and_noted) {
  ok(upload.run(bob, hash, "picture"));
  EXPECT_EQ(ok(world.blobs.get(hash)), "picture");
  EXPECT_EQ(ok(world.blob_catalog.recorded({hash})), std::vector{hash});
  ok(upload.run(bob, hash, "picture"));
}

TEST_F(UploadBlobTest, bytes_with_another_hash_are_not_kept) {
  const Error error = error_of(upload.run(bob, hash, "another"));
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(error.message.contains(to_hex(world.digest.sha256("another")))) << error.message;
  EXPECT_FALSE(world.blobs.holds(hash));
  EXPECT_TRUE(ok(world.blob_catalog.recorded({hash})).empty());
}

TEST_F(UploadBlobTest, too_many_bytes_are_refused) {
  EXPECT_EQ(code_of(upload.run(bob, hash, std::string(blob_bytes_max + 1, 'x'))), ErrorCode::invalid_argument);
}

TEST_F(UploadBlobTest, what_is_not_durable_is_not_noted) {
  world.state.faults.blobs_fail = true;
  EXPECT_EQ(code_of(upload.run(bob, hash, "picture")), ErrorCode::unavailable);
  EXPECT_TRUE(world.state.uploads.empty());
}

}  // namespace
}  // namespace orc
