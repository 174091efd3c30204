// What TLS alone can go wrong of. That all else holds over TLS too, openai_model_test.cc and those beside it show.
#include "adapters/openai/testing/openai_test.h"

namespace orc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Then = ScriptedServer::Then;

class openai_tls : public OpenAiModelFixture {
 protected:
  openai_tls() : OpenAiModelFixture(HttpScheme::https) {}

  ModelQuestion question_for(const std::string& url) const {
    ModelQuestion what = question();
    what.endpoint = url;
    return what;
  }
  static std::string spoken(const std::string& scheme, const ScriptedServer& server) { return scheme + "://127.0.0.1:" + server.port(); }
};

TEST_F(openai_tls, a_server_is_asked_for_by_its_name) {
  ASSERT_TRUE(ask(question_for(server.url("localhost"))));
  ASSERT_TRUE(ask(question_for(server.url("127.0.0.1"))));
  EXPECT_THAT(server.names, ElementsAre("localhost", ""));
}

TEST_F(openai_tls, nothing_is_said_to_a_server_that_is_not_to_be_trusted) {  // L2, L5
  const MadeAuthority stranger("stranger");
  boost::asio::ssl::context too_old = tls_identity(authority, "IP:127.0.0.1", 2);
  SSL_CTX_set_max_proto_version(too_old.native_handle(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(too_old.native_handle(), "DEFAULT@SECLEVEL=0");
  struct Row {
    boost::asio::ssl::context identity;
    const char* told;
  };
  Row rows[] = {{tls_identity(stranger, "IP:127.0.0.1", 2), "unable to get local issuer certificate"},
                {tls_identity(authority, "DNS:localhost,IP:127.0.0.2", 2), "IP address mismatch"},
                {tls_identity(authority, "IP:127.0.0.1", -1), "certificate has expired"},
                {std::move(too_old), "it speaks no TLS that we take"}};
  for (Row& row : rows) {
    ScriptedServer impostor(io.get_executor(), &row.identity);
    model = model_for({impostor.url()}, {{impostor.url(), "secret"}});
    const auto answer = ask(question_for(impostor.url()));
    ASSERT_FALSE(answer) << row.told;
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
    EXPECT_THAT(answer.error().message, HasSubstr(impostor.url() + ": it"));
    EXPECT_THAT(answer.error().message, HasSubstr(row.told));
    EXPECT_THAT(impostor.requests, IsEmpty());
    EXPECT_THAT(heard.in_vain.back(), TokenUsage{});
  }
}

TEST_F(openai_tls, a_name_is_another_one_than_that_of_the_address_which_it_leads_to) {  // L2
  boost::asio::ssl::context of_address = tls_identity(authority, "IP:127.0.0.1", 2);
  ScriptedServer other(io.get_executor(), &of_address);
  EXPECT_THAT(ask(question_for(other.url("localhost"))).error().message, HasSubstr("hostname mismatch"));
  EXPECT_TRUE(ask(question_for(other.url("127.0.0.1"))));
}

TEST_F(openai_tls, without_anybody_who_vouches_no_server_is_asked) {
  auto made =
      OpenAiModel::create(io.get_executor(), {.origins = ModelOrigins::create({}, {}).value(), .trust = {}, .replicas = {}, .times = times},
                          {.clock = clock, .random = random, .wake_ups = wake_ups});
  model = std::move(made.value());
  const Error refused = error();
  EXPECT_EQ(refused.code, ErrorCode::permission_denied);
  EXPECT_THAT(refused.message, HasSubstr("--model-ca-file"));
  EXPECT_EQ(model->admit(server.url()).error().message, refused.message);
  EXPECT_EQ(server.connections, 0);
}

TEST_F(openai_tls, a_connection_without_tls_is_never_used_for_what_needs_it) {  // L5
  ScriptedServer plain(io.get_executor());
  times.first_token_max = 50ms;
  model = model_for({spoken("http", plain), spoken("https", plain)}, {{spoken("https", plain), "secret"}});
  ASSERT_TRUE(ask(question_for(spoken("http", plain))));
  EXPECT_FALSE(ask(question_for(spoken("https", plain))));
  EXPECT_EQ(plain.connections, 2);
  ASSERT_EQ(plain.requests.size(), 1u);
  EXPECT_THAT(plain.requests[0], testing::Not(HasSubstr("secret")));
}

TEST_F(openai_tls, who_is_silent_instead_of_beginning_tls_is_left_in_time_and_told_what_may_be_wrong) {  // L6
  ScriptedServer plain(io.get_executor());
  times.first_token_max = 50ms;
  const SteadyTime begun = clock.steady_now();
  EXPECT_THAT(ask(question_for(spoken("https", plain))).error().message, HasSubstr("begin its URL with http://"));
  EXPECT_LT(clock.steady_now() - begun, 2s);
  io.run_for(20ms);
  EXPECT_EQ(plain.open, 0);
}

TEST_F(openai_tls, who_answers_without_tls_is_told_from_who_is_silent) {
  boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
  boost::asio::ip::tcp::socket socket(io);
  const std::string refusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  acceptor.async_accept(socket,
                        [&](const auto&) { boost::asio::async_write(socket, boost::asio::buffer(refusal), boost::asio::detached); });
  const std::string port = std::to_string(acceptor.local_endpoint().port());
  const auto answer = ask(question_for("https://127.0.0.1:" + port));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("it speaks no TLS that we take"));
  EXPECT_THAT(answer.error().message, HasSubstr("begin its URL with http://"));
}

TEST_F(openai_tls, who_speaks_tls_where_none_was_asked_for_is_told) {
  const auto answer = ask(question_for(spoken("http", server)));  // which hangs up without a word
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("if it speaks TLS, begin its URL with https://"));
  EXPECT_THAT(server.requests, IsEmpty());
  ScriptedServer wordier(io.get_executor());
  wordier.plays = [](const std::string&) { return ScriptedServer::Play{std::string("\x15\x03\x01\x00\x02\x02\x46", 7), Then::close}; };
  EXPECT_THAT(ask(question_for(wordier.url())).error().message, HasSubstr("it speaks TLS, so begin its URL with https://"));
}

TEST_F(openai_tls, a_stop_while_tls_begins_closes_the_connection_at_once) {  // O16
  ScriptedServer plain(io.get_executor());
  model = model_for();
  const auto stop_it = [&](auto&&) -> boost::asio::awaitable<void> {
    while (plain.open == 0) co_await boost::asio::post(io, boost::asio::use_awaitable);
    stop.request_stop();
  };
  boost::asio::co_spawn(io, stop_it(0), boost::asio::detached);
  const SteadyTime begun = clock.steady_now();
  EXPECT_EQ(ask(question_for(spoken("https", plain))).error().code, ErrorCode::conflict);
  io.run_for(20ms);
  EXPECT_EQ(plain.open, 0);
  EXPECT_LT(clock.steady_now() - begun, 1s);
  EXPECT_THAT(heard.in_vain, ElementsAre(TokenUsage{}));
}

}  // namespace
}  // namespace orc
