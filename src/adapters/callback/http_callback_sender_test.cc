#include "adapters/callback/http_callback_sender.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <thread>

#include "tests/contract/run_async.h"
#include "tests/fakes/fake_clock.h"

namespace orc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using Kind = CallbackAnswer::Kind;

// Takes connections one after another on a thread of its own, and does `talk` with each.
class Receiver {
 public:
  explicit Receiver(std::function<void(tcp::socket&)> talk, int connections = 1) : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    port = acceptor_.local_endpoint().port();
    thread_ = std::jthread([this, talk = std::move(talk), connections] {
      for (int i = 0; i < connections; ++i) {
        boost::system::error_code error;
        tcp::socket socket(io_);
        acceptor_.accept(socket, error);
        if (error) return;
        ++connected;
        talk(socket);
      }
    });
  }
  ~Receiver() {
    // Wakes an accept that nobody came for.
    boost::system::error_code ignored;
    tcp::socket(io_).connect({asio::ip::address_v4::loopback(), port}, ignored);
  }
  std::string url(const std::string& path = "/x") const { return "http://127.0.0.1:" + std::to_string(port) + path; }

  std::uint16_t port;
  std::atomic<int> connected = 0;

 private:
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::jthread thread_;
};

std::string read_request(tcp::socket& socket) {
  std::string head;
  boost::system::error_code error;
  asio::read_until(socket, asio::dynamic_buffer(head), "}}}", error);  // the end of the body
  return head;
}

auto answering(std::string answer, std::string* seen = nullptr) {
  return [answer = std::move(answer), seen](tcp::socket& socket) {
    const std::string request = read_request(socket);
    if (seen) *seen = request;
    boost::system::error_code error;
    asio::write(socket, asio::buffer(answer), error);
  };
}

struct HttpCallbackSenderTest : testing::Test {
  FakeClock clock;
  CallbackSecrets secrets{"a secret key of more than thirty-two bytes"};
  std::vector<std::string> looked_up;
  IpAddresses leads_to;
  NameLookup look_up = [this](const std::string& name) -> Result<IpAddresses> {
    looked_up.push_back(name);
    return leads_to;
  };

  HttpCallbackSender sender(const std::string& origin, std::chrono::milliseconds patience = 10s) {
    return HttpCallbackSender(loop_of_this_thread().get_executor(), {.secrets = secrets, .clock = clock, .look_up = look_up},
                              CallbackOrigins({origin}), patience);
  }
  static DueCallback callback(std::string url) {
    return {.id = CallbackId{1},
            .job = JobId{7},
            .owner = UserId{2},
            .url = std::move(url),
            .plugin_name = "echo",
            .plugin_version = "1.0.0",
            .labels = {{"a", "b"}}};
  }
  CallbackAnswer send_to(const Receiver& receiver, std::chrono::milliseconds patience = 10s) {
    HttpCallbackSender one = sender(receiver.url(""), patience);
    return run(one.send(callback(receiver.url("/x?y=z"))));
  }
};

TEST_F(HttpCallbackSenderTest, a_callback_arrives_signed_at_an_address_that_is_allowed) {
  std::string seen;
  {
    const Receiver receiver(answering("HTTP/1.1 204 No Content\r\n\r\n", &seen));
    const CallbackAnswer answer = send_to(receiver);
    EXPECT_EQ(answer.kind, Kind::taken) << answer.reason;
    EXPECT_EQ(answer.status, 204);
    EXPECT_TRUE(seen.starts_with("POST /x?y=z HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(receiver.port) + "\r\n")) << seen;
  }
  EXPECT_TRUE(seen.contains("\r\nwebhook-signature: v1,")) << seen;
  EXPECT_TRUE(looked_up.empty());
}

TEST_F(HttpCallbackSenderTest, redirects_are_not_followed) {
  const Receiver other(answering("HTTP/1.1 200 OK\r\n\r\n"));
  const Receiver receiver(answering("HTTP/1.1 307 Go\r\nLocation: " + other.url() + "\r\n\r\n"));
  const CallbackAnswer answer = send_to(receiver);
  EXPECT_EQ(answer.kind, Kind::not_taken);
  EXPECT_EQ(answer.reason, "it answered 307, and redirects are not followed");
  EXPECT_EQ(other.connected, 0);
}

TEST_F(HttpCallbackSenderTest, interim_answers_are_passed_over) {
  const Receiver receiver(answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 201 Made\r\n\r\n"));
  EXPECT_EQ(send_to(receiver).status, 201);
  const Receiver endless(answering([] {
    std::string many;
    for (int i = 0; i < 50; ++i) many += "HTTP/1.1 100 Continue\r\n\r\n";
    return many;
  }()));
  EXPECT_EQ(send_to(endless).reason, "it sends interim answers without end");
}

// attacks.md, L6.
TEST_F(HttpCallbackSenderTest, receivers_that_misbehave_end_in_bounded_time_and_memory) {
  const auto silent = [](tcp::socket& socket) {
    char byte = 0;
    boost::system::error_code error;
    while (!error) socket.read_some(asio::buffer(&byte, 1), error);
  };
  const Receiver never(silent);
  EXPECT_EQ(send_to(never, 50ms).reason, "it did not answer within 50 ms");
  const Receiver large(answering("HTTP/1.1 200 OK\r\nX: " + std::string(HttpCallbackSender::answer_head_max, 'x')));
  EXPECT_EQ(send_to(large).reason, "its answer has a header block of more than 16384 bytes");
  const Receiver other_protocol(answering("SSH-2.0-nonsense\r\n\r\n"));
  EXPECT_EQ(send_to(other_protocol).reason, "it did not answer with HTTP/1.1");
  const Receiver hanging_up(answering(""));
  EXPECT_EQ(send_to(hanging_up).reason, "it closed the connection without an answer");
  std::string gone;
  {
    const Receiver nobody(answering(""), 0);
    gone = nobody.url();
  }
  HttpCallbackSender one = sender(gone.substr(0, gone.rfind('/')));
  EXPECT_EQ(run(one.send(callback(gone))).reason, "it cannot be connected to: Connection refused");
}

// The deadline may have struck already when the answer is read, and must find nobody then.
TEST_F(HttpCallbackSenderTest, an_answer_that_comes_with_the_deadline_ends_the_exchange_once) {
  constexpr int count = 300;
  const Receiver receiver(answering("HTTP/1.1 200 OK\r\n\r\n"), count);
  int taken = 0;
  for (int i = 0; i < count; ++i) taken += send_to(receiver, std::chrono::milliseconds(i % 4)).kind == Kind::taken ? 1 : 0;
  EXPECT_LE(taken, count);
}

TEST_F(HttpCallbackSenderTest, the_body_of_an_answer_is_not_read) {
  const Receiver receiver([](tcp::socket& socket) {
    read_request(socket);
    boost::system::error_code error;
    asio::write(socket, asio::buffer(std::string("HTTP/1.1 200 OK\r\n\r\n")), error);
    const std::string part(1 << 20, 'x');
    while (!error) asio::write(socket, asio::buffer(part), error);
  });
  EXPECT_EQ(send_to(receiver).kind, Kind::taken);
}

// attacks.md, L1 and L2: a name is looked up once, and what it leads to is checked and then connected to.
TEST_F(HttpCallbackSenderTest, a_name_that_leads_inside_is_not_connected_to) {
  const Receiver receiver(answering("HTTP/1.1 200 OK\r\n\r\n"));
  const std::string origin = "http://inside.example.org:" + std::to_string(receiver.port);
  HttpCallbackSender one = sender(origin);
  for (const char* inside : {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254", "::ffff:127.0.0.1"}) {
    looked_up.clear();
    leads_to = {asio::ip::make_address(inside)};
    const CallbackAnswer answer = run(one.send(callback(origin + "/x")));
    EXPECT_EQ(answer.kind, Kind::not_taken);
    EXPECT_TRUE(answer.reason.starts_with("inside.example.org leads to " + std::string(inside) + ", which is not on the public internet"))
        << answer.reason;
    EXPECT_EQ(looked_up.size(), 1u);
  }
  leads_to.clear();
  EXPECT_TRUE(run(one.send(callback(origin + "/x"))).reason.contains("leads to no address"));
  EXPECT_EQ(receiver.connected, 0);
}

// Its name servers do not answer, which a receiver elsewhere must not notice.
TEST_F(HttpCallbackSenderTest, a_name_whose_lookup_hangs_ends_its_try_in_time_and_keeps_nobody_from_another_name) {
  const auto hung = std::make_shared<std::promise<void>>();
  look_up = [hung, hangs = hung->get_future().share()](const std::string& name) -> Result<IpAddresses> {
    if (name == "slow.example.org") hangs.wait();
    return IpAddresses{asio::ip::make_address("10.0.0.1")};
  };
  HttpCallbackSender slow = sender("http://slow.example.org", 200ms);
  const auto start = std::chrono::steady_clock::now();
  CallbackAnswer answer = run(slow.send(callback("http://slow.example.org/x")));
  EXPECT_EQ(answer.kind, Kind::not_taken);
  EXPECT_EQ(answer.reason, "slow.example.org has no address yet: the lookup of its name goes on for too long");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  HttpCallbackSender other = sender("http://other.example.org");
  EXPECT_TRUE(run(other.send(callback("http://other.example.org/x"))).reason.starts_with("other.example.org leads to 10.0.0.1"));
  hung->set_value();
}

TEST_F(HttpCallbackSenderTest, a_stop_cuts_the_lookup_of_a_name) {
  const auto hung = std::make_shared<std::promise<void>>();
  HttpCallbackSender* stopped = nullptr;
  look_up = [&stopped, &loop = loop_of_this_thread(), hangs = hung->get_future().share()](const std::string&) -> Result<IpAddresses> {
    asio::post(loop, [&stopped] { stopped->request_stop(); });
    hangs.wait();
    return IpAddresses{};
  };
  HttpCallbackSender one = sender("http://slow.example.org");
  stopped = &one;
  const CallbackAnswer answer = run(one.send(callback("http://slow.example.org/x")));
  EXPECT_EQ(answer.kind, Kind::cut);
  EXPECT_EQ(answer.reason, "this service stops");
  hung->set_value();
}

TEST_F(HttpCallbackSenderTest, what_is_not_allowed_any_more_is_not_sent) {
  const Receiver receiver(answering("HTTP/1.1 200 OK\r\n\r\n"));
  HttpCallbackSender one = sender("https://hooks.example.org");
  EXPECT_EQ(run(one.send(callback(receiver.url()))).reason, "its origin is not one of --callback-origins (any more)");
  EXPECT_EQ(receiver.connected, 0);
}

TEST_F(HttpCallbackSenderTest, whoever_speaks_no_tls_gets_nothing_over_https) {
  std::string seen;
  {
    const Receiver receiver([&seen](tcp::socket& socket) {
      char bytes[1024];
      boost::system::error_code error;
      seen.assign(bytes, socket.read_some(asio::buffer(bytes), error));
      asio::write(socket, asio::buffer(std::string("HTTP/1.1 200 OK\r\n\r\n")), error);
    });
    const std::string origin = "https://127.0.0.1:" + std::to_string(receiver.port);
    HttpCallbackSender one = sender(origin);
    const CallbackAnswer answer = run(one.send(callback(origin + "/x")));
    EXPECT_EQ(answer.kind, Kind::not_taken);
    EXPECT_TRUE(answer.reason.starts_with("it speaks no TLS that we take")) << answer.reason;
  }
  EXPECT_FALSE(seen.contains("POST"));
}

TEST_F(HttpCallbackSenderTest, a_stop_cuts_what_is_being_sent_and_begins_nothing_more) {
  HttpCallbackSender* stopped = nullptr;
  asio::io_context& loop = loop_of_this_thread();
  const Receiver receiver([&stopped, &loop](tcp::socket& socket) {
    read_request(socket);
    asio::post(loop, [&stopped] { stopped->request_stop(); });
    char byte = 0;
    boost::system::error_code error;
    socket.read_some(asio::buffer(&byte, 1), error);
  });
  HttpCallbackSender one = sender(receiver.url(""));
  stopped = &one;
  CallbackAnswer answer = run(one.send(callback(receiver.url())));
  EXPECT_EQ(answer.kind, Kind::cut);
  EXPECT_EQ(answer.reason, "this service stops");
  answer = run(one.send(callback(receiver.url())));
  EXPECT_EQ(answer.kind, Kind::cut);
  EXPECT_EQ(receiver.connected, 1);
}

}  // namespace
}  // namespace orc
