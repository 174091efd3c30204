#include <gtest/gtest.h>

#include "adapters/rest/rest_test_site.h"
#include "domain/deliberation/deliberation_script.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

class EventRoutesTest : public testing::Test {
 protected:
  void add_published(const std::string& id) {
    site.stores.state.events.push_back(
        {.stored = {.id = EventId{std::ssize(site.stores.state.events) + 1}, .deliberation = id, .n = 1, .at = site.stores.clock.now()},
         .published_at = site.stores.clock.now()});
    site.stores.clock.advance(1s);
  }
  RestReply replay(std::string body) { return site.post("/api/v1/events/replay", std::move(body), admin); }

  RestSite site;
  std::string admin = site.token_of_new("ada@example.org");
};

TEST_F(EventRoutesTest, events_are_published_again_from_a_moment_or_a_number_on) {
  const Timestamp begun = site.stores.clock.now();
  for (const char* id : {"a", "b", "c"}) add_published(id);
  EXPECT_EQ(replay(R"({"from_seq": 3})").body, R"({"events":1})");
  EXPECT_FALSE(site.stores.state.events[2].published_at);
  EXPECT_TRUE(site.stores.state.events[1].published_at);
  // The third one waits already.
  EXPECT_EQ(begun, FakeClock::start);
  EXPECT_EQ(replay(R"({"since": "2024-05-01T08:00:01Z"})").body, R"({"events":1})");
  EXPECT_EQ(replay(R"({"from_seq": 0})").body, R"({"events":1})");
  EXPECT_EQ(replay(R"({"since": "2199-01-01T00:00:00Z"})").body, R"({"events":0})");
}

TEST_F(EventRoutesTest, what_is_no_place_to_begin_is_refused) {
  for (const char* body :
       {"{}", R"({"since": "yesterday"})", R"({"from_seq": -1})", R"({"since": "2024-05-01T08:00:01Z", "from_seq": 1})", "[]", ""})
    EXPECT_EQ(replay(body).status, 422) << body;
}

TEST(EventRoutes, nothing_is_published_again_where_events_are_published_to_none) {
  RestSite site(RestSettings{.events_stay = true});
  const RestReply reply = site.post("/api/v1/events/replay", R"({"from_seq": 0})", site.token_of_new("ada@example.org"));
  EXPECT_EQ(reply.status, 409);
  EXPECT_TRUE(reply.body.contains("publishes events to none")) << reply.body;
}

TEST_F(EventRoutesTest, only_administrators_publish_again) {
  EXPECT_EQ(site.post("/api/v1/events/replay", R"({"from_seq": 0})", site.token_of_new("bob@example.org")).status, 403);
}

}  // namespace
}  // namespace orc
