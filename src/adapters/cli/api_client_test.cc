// How a client goes on when its server has been started anew.
#include "adapters/cli/api_client.h"

#include <gtest/gtest.h>

#include "adapters/cli/client_commands_test_site.h"

namespace orc {
namespace {

class ApiClientTest : public testing::Test {
 protected:
  ServerAddress operators(const std::string& url, const std::string& key) {
    return {.url = url, .token = key, .source = ServerAddress::Source::data_dir, .has_operator_key = true};
  }
  ApiClient client_of(const ServerAddress& first, const ServerAddress& later) {
    auto client = ApiClient::create(first, [this, later]() -> Outcome<ServerAddress> {
      ++searches_;
      return later;
    });
    EXPECT_TRUE(client);
    return std::move(*client);
  }

  StubApi api_;
  int searches_ = 0;
};

TEST_F(ApiClientTest, the_key_of_a_server_that_was_started_anew_is_taken_up) {
  api_.answer("GET /a", 401, R"({"detail":"Could not validate credentials"})").answer("GET /a", 200, "{}");
  api_.answer("POST /a", 401, "{}").answer("POST /a", 200, "{}");
  for (const char* method : {"GET", "POST"}) {
    ApiClient client = client_of(operators(api_.url(), "old"), operators(api_.url(), "new"));
    EXPECT_TRUE(client.send(method, "/a", {})) << method;
  }
  const auto seen = api_.seen();
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[0].authorization, "Bearer old");
  EXPECT_EQ(seen[1].authorization, "Bearer new");
  EXPECT_EQ(seen[3].authorization, "Bearer new");
}

TEST_F(ApiClientTest, a_stream_takes_the_new_key_up_too) {
  api_.answer("GET /s", 401, "{}").answer("GET /s", 200, "data: 1\n\n");
  ApiClient client = client_of(operators(api_.url(), "old"), operators(api_.url(), "new"));
  std::string taken;
  EXPECT_TRUE(client.stream("/s", "0", [&](std::string_view bytes) {
    taken += bytes;
    return true;
  }));
  EXPECT_EQ(taken, "data: 1\n\n");
}

TEST_F(ApiClientTest, a_server_that_was_started_anew_elsewhere_is_found) {
  api_.answer("GET /a", 200, "{}").answer("POST /a", 200, "{}");
  ApiClient reader = client_of(operators("http://127.0.0.1:1", "old"), operators(api_.url(), "new"));
  EXPECT_TRUE(reader.get("/a"));
  // It is not known what became of a POST.
  ApiClient writer = client_of(operators("http://127.0.0.1:1", "old"), operators(api_.url(), "new"));
  EXPECT_FALSE(writer.send("POST", "/a", {}));
  EXPECT_TRUE(writer.send("POST", "/a", {}));
}

TEST_F(ApiClientTest, a_key_that_is_no_data_directorys_is_the_only_one) {
  api_.answer("GET /a", 401, "{}");
  ServerAddress named = operators(api_.url(), "old");
  named.has_operator_key = false;
  ApiClient client = client_of(named, operators(api_.url(), "new"));
  EXPECT_EQ(client.get("/a").error().code, ExitCode::not_authorised);
  EXPECT_EQ(searches_, 0);
  // Nor is a login taken that was made meanwhile.
  ApiClient operators_own = client_of(operators(api_.url(), "old"), named);
  EXPECT_EQ(operators_own.get("/a").error().code, ExitCode::not_authorised);
  for (const auto& seen : api_.seen()) EXPECT_EQ(seen.authorization, "Bearer old");
}

}  // namespace
}  // namespace orc
