#include "application/job/job_access.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

struct JobAccessTest : testing::Test {
  FakeWorld world;
  JobId id = world.submit(world.job_of(world.bob));
};

TEST_F(JobAccessTest, a_job_is_its_owners_and_the_administrators_business) {
  Principal narrow_admin = FakeWorld::principal(world.ada);
  narrow_admin.scopes = {Scope::read};
  EXPECT_EQ(ok(world.access.get(FakeWorld::principal(world.bob), id)).id, id);
  EXPECT_EQ(ok(world.access.get(FakeWorld::principal(world.ada), id)).id, id);
  const Error expected{ErrorCode::permission_denied, "Not authorized to access this job"};
  EXPECT_EQ(error_of(world.access.get(FakeWorld::principal(world.eve), id)), expected);
  EXPECT_EQ(error_of(world.access.without_payloads(FakeWorld::principal(world.eve), id)), expected);
  EXPECT_EQ(error_of(world.access.get(narrow_admin, id)), expected) << "an administrator's key without the scope is a user's";
}

TEST_F(JobAccessTest, an_unknown_job_is_not_found_by_anybody) {
  for (const User& user : {world.ada, world.eve})
    EXPECT_EQ(error_of(world.access.get(FakeWorld::principal(user), JobId{9999})), (Error{ErrorCode::not_found, "Job not found"}));
}

TEST_F(JobAccessTest, a_job_without_an_owner_is_the_administrators_business_alone) {
  ok(world.users.erase(world.bob.id));
  ok(world.access.get(FakeWorld::principal(world.ada), id));
  EXPECT_EQ(code_of(world.access.get(FakeWorld::principal(world.eve), id)), ErrorCode::permission_denied);
}

TEST_F(JobAccessTest, payloads_come_as_their_bytes) {
  NewJob given = world.job_of(world.bob);
  given.input = {.text = {}, .blob = ok(world.blobs.put("the input"))};
  const JobId with_blob = world.submit(given);
  EXPECT_EQ(ok(world.access.get(FakeWorld::principal(world.bob), with_blob)).input.text, "the input");
  EXPECT_EQ(ok(world.access.without_payloads(FakeWorld::principal(world.bob), with_blob)).input.blob, given.input.blob);
  const JobPage page = ok(world.access.list(FakeWorld::principal(world.bob), {.owner = world.bob.id}, {}));
  EXPECT_EQ(page.items.at(0).input.text, "the input");
}

TEST_F(JobAccessTest, a_damaged_payload_is_our_fault_and_said_so) {
  NewJob given = world.job_of(world.bob);
  given.input = {.text = {}, .blob = ok(world.blobs.put("the input"))};
  const JobId with_blob = world.submit(given);
  world.blobs.damage(*given.input.blob);
  EXPECT_EQ(code_of(world.access.get(FakeWorld::principal(world.bob), with_blob)), ErrorCode::internal);
}

TEST_F(JobAccessTest, only_administrators_list_beyond_their_own) {
  world.submit(world.job_of(world.eve));
  EXPECT_EQ(ok(world.access.list(FakeWorld::principal(world.bob), {.owner = world.bob.id}, {})).total, 1);
  EXPECT_EQ(code_of(world.access.list(FakeWorld::principal(world.bob), {}, {})), ErrorCode::permission_denied);
  EXPECT_EQ(code_of(world.access.list(FakeWorld::principal(world.bob), {.owner = world.eve.id}, {})), ErrorCode::permission_denied);
  EXPECT_EQ(ok(world.access.list(FakeWorld::principal(world.ada), {}, {})).total, 2);
  EXPECT_EQ(ok(world.access.list(FakeWorld::principal(world.ada), {.owner = world.eve.id}, {})).total, 1);
}

}  // namespace
}  // namespace orc
