#include "adapters/openai/model_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orc {
namespace {

ModelOrigins origins(const std::vector<std::string>& allowed, std::vector<std::string> own_ports = {}) {
  ModelOrigins origins = ModelOrigins::create(allowed, {}).value();
  origins.shut_out(std::move(own_ports));
  return origins;
}

// Whether the URL may be asked at all.
ErrorCode judged(const ModelOrigins& allowed, std::string_view url) {
  const auto origin = parse_model_endpoint(url);
  if (!origin) return origin.error().code;
  const auto admitted = allowed.admit(*origin);
  return admitted ? ErrorCode::internal : admitted.error().code;
}
constexpr auto admitted = ErrorCode::internal;

TEST(model_origins, by_default_only_this_host_as_it_is_spelled) {  // attacks.md, L1 and L4
  const ModelOrigins none = origins({}, {"5900"});
  for (const char* url : {"http://127.0.0.1:8000", "http://localhost:8000/", "http://[::1]:8000", "http://127.0.0.1:8000/models/a/v1",
                          "https://127.0.0.1", "https://[::1]:8443/v1"})
    EXPECT_EQ(judged(none, url), admitted) << url;
  for (const char* url :
       {"http://169.254.169.254", "http://[fd00:ec2::254]", "http://127.0.0.1:5900", "http://10.0.0.1:8000", "http://127.0.0.2:8000",
        "https://127.0.0.1:5900", "https://169.254.169.254", "http://models.example.org:8000", "http://localhost.example.org"})
    EXPECT_EQ(judged(none, url), ErrorCode::permission_denied) << url;
  for (const char* url : {"",
                          "http://",
                          "http://[::ffff:127.0.0.1]:8000",
                          "http://127.1:8000",
                          "http://0x7f000001:8000",
                          "http://2130706433:8000",
                          "http://127.0.0.1@evil",
                          "http://127.0.0.1#@evil",
                          "http://127.0.0.1\\@evil",
                          "http://localhost.:8000",
                          "http://127.0.0.1.:8000",
                          "http://0127.0.0.1:8000",
                          "http://127.0.0.1:08000",
                          "http://127.0.0.1:0",
                          "http://127.0.0.1:65536",
                          "http://[::1%25lo]:80",
                          "file:///etc/passwd",
                          "gopher://127.0.0.1:70/",
                          "unix:/run/docker.sock",
                          "https://127.1",
                          "https://127.0.0.1@evil",
                          "https://[::ffff:127.0.0.1]:8000",
                          "HTTPS://127.0.0.1:8000",
                          "https:/127.0.0.1",
                          "http://127.0.0.1:8000/a?b",
                          "http://127.0.0.1:8000/\r\nX: y",
                          "http://127.0.0.1:8000/../admin",
                          "http://127.0.0.1:8000/%2e",
                          "HTTP://127.0.0.1:8000",
                          " http://127.0.0.1:8000",
                          "127.0.0.1:8000",
                          "http://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1"})
    EXPECT_EQ(judged(none, url), ErrorCode::invalid_argument) << url;
  EXPECT_EQ(parse_model_endpoint(std::string_view("http://a\0b", 10)).error().code, ErrorCode::invalid_argument);
}

// An endpoint stands in several fields, and who reads one knows which it is.
TEST(model_origins, a_refusal_goes_on_after_the_name_of_the_field) {
  EXPECT_THAT(parse_model_endpoint("ftp://h").error().message, testing::StartsWith("must begin with http://"));
  EXPECT_THAT(origins({}).admit(parse_model_endpoint("http://10.0.0.1").value()).error().message,
              testing::StartsWith("http://10.0.0.1 is not among"));
  EXPECT_THAT(ModelOrigins::create({"ftp://h"}, {}).error().message, testing::StartsWith("model origin 'ftp://h' must begin with"));
}

TEST(model_origins, those_that_are_listed_and_no_others) {
  const ModelOrigins listed = origins({"http://models.example.org:8000", "http://10.0.0.1"});
  EXPECT_EQ(judged(listed, "http://models.example.org:8000/v1/"), admitted);
  EXPECT_EQ(judged(listed, "http://MODELS.example.org:8000"), admitted);
  EXPECT_EQ(judged(listed, "http://10.0.0.1:80"), admitted);
  for (const char* url : {"http://models.example.org", "http://10.0.0.1:8000", "http://127.0.0.1:8000", "http://xmodels.example.org:8000"})
    EXPECT_EQ(judged(listed, url), ErrorCode::permission_denied) << url;
}

TEST(model_origins, with_tls_is_another_origin_than_without) {  // L5
  const ModelOrigins listed = origins({"https://models.example.org", "https://10.0.0.1:8000"});
  EXPECT_EQ(judged(listed, "https://models.example.org:443/v1"), admitted);
  EXPECT_EQ(judged(listed, "https://10.0.0.1:8000"), admitted);
  for (const char* url : {"http://models.example.org:443", "http://models.example.org", "http://10.0.0.1:8000", "https://10.0.0.1"})
    EXPECT_EQ(judged(listed, url), ErrorCode::permission_denied) << url;
  const auto both = ModelOrigins::create({"https://a.example:8000", "http://a.example:8000"}, {{"https://a.example:8000", "k"}}).value();
  EXPECT_EQ(*both.key_for(parse_model_endpoint("https://a.example:8000").value()), "k");
  EXPECT_EQ(both.key_for(parse_model_endpoint("http://a.example:8000").value()), nullptr);
}

TEST(model_origins, a_name_stands_for_no_address_that_it_must_not) {  // L2
  const ModelOrigins listed = origins({"http://models.example.org", "http://localhost", "http://169.254.0.7"});
  const auto stands = [&](const char* url, const char* address) {
    return listed.may_stand_for(parse_model_endpoint(url).value(), boost::asio::ip::make_address(address));
  };
  EXPECT_TRUE(stands("http://models.example.org", "10.1.2.3"));
  EXPECT_TRUE(stands("http://models.example.org", "2001:db8::1"));
  for (const char* address : {"127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254",
                              "fe80::1", "0.0.0.0", "::", "224.0.0.1"})
    EXPECT_FALSE(stands("http://models.example.org", address)) << address;
  EXPECT_TRUE(stands("http://localhost", "127.0.0.1"));
  EXPECT_FALSE(stands("http://localhost", "10.0.0.1"));
  EXPECT_TRUE(stands("http://169.254.0.7", "169.254.0.7"));
  EXPECT_FALSE(stands("http://169.254.0.7", "169.254.169.254"));
}

TEST(model_origins, a_key_for_what_is_not_allowed_is_refused) {
  EXPECT_FALSE(ModelOrigins::create({"http://a.example"}, {{"http://b.example", "k"}}));
  EXPECT_FALSE(ModelOrigins::create({"nonsense"}, {}));
  const auto made = ModelOrigins::create({"http://a.example", "http://b.example"}, {{"http://a.example", "k"}}).value();
  EXPECT_EQ(*made.key_for(parse_model_endpoint("http://a.example/v1").value()), "k");
  EXPECT_EQ(made.key_for(parse_model_endpoint("http://b.example").value()), nullptr);
}

TEST(model_endpoint, a_path_is_kept_and_v1_is_dropped) {
  EXPECT_EQ(parse_model_endpoint("http://h.example:1/a/v1/").value().prefix, "/a");
  EXPECT_EQ(parse_model_endpoint("http://h.example/v1").value().prefix, "");
  EXPECT_EQ(parse_model_endpoint("http://h.example///").value().prefix, "");
}

}  // namespace
}  // namespace orc
