#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/openai/openai_model.h"
#include "adapters/openai/testing/scripted_server.h"
#include "adapters/system/asio_wake_ups.h"
#include "adapters/system/system_clock.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/made_authority.h"

namespace orc {

using namespace std::chrono_literals;

class Heard final : public AnswerListener {
 public:
  void wrote(std::string_view delta) override { text += delta; }
  void restarted() override { text += "|"; }
  bool may_try_again() override { return room-- > 0; }
  void was_in_vain(const TokenUsage& used) override { in_vain.push_back(used); }
  std::string text;
  int room = 1000;
  std::vector<TokenUsage> in_vain;
};

// Counts how often somebody began to rest.
class CountedWakeUps final : public WakeUps {
 public:
  explicit CountedWakeUps(const boost::asio::any_io_executor& executor) : made_(executor) {}
  std::unique_ptr<WakeUp> make() override { return std::make_unique<Counted>(made_.make(), waits); }
  int waits = 0;

 private:
  class Counted final : public WakeUp {
   public:
    Counted(std::unique_ptr<WakeUp> inner, int& waits) : inner_(std::move(inner)), waits_(waits) {}
    void wake() override { inner_->wake(); }
    boost::asio::awaitable<void> wait(SteadyTime until) override {
      ++waits_;
      return inner_->wait(until);
    }

   private:
    const std::unique_ptr<WakeUp> inner_;
    int& waits_;
  };
  AsioWakeUps made_;
};

// What a server shows that `authority` vouches for as `names`, until in so many days.
inline boost::asio::ssl::context tls_identity(const MadeAuthority& authority, const std::string& names, int days) {
  boost::asio::ssl::context context(boost::asio::ssl::context::tls_server);
  const std::string pem = authority.identity(names, days);
  context.use_certificate_chain(boost::asio::buffer(pem));
  context.use_private_key(boost::asio::buffer(pem), boost::asio::ssl::context::pem);
  return context;
}

inline TlsTrust trust_in(const MadeAuthority& authority) {
  const std::string file = testing::TempDir() + "authority-" + std::to_string(::getpid()) + ".pem";
  std::ofstream(file) << authority.certificate();
  return TlsTrust::load(file, "--authorities").value();
}

// A server, spoken to plainly or over TLS, and the model that asks it.
class OpenAiModelFixture : public testing::Test {
 protected:
  explicit OpenAiModelFixture(HttpScheme scheme) : scheme_(scheme) { random.next_dice = 0; }

  boost::asio::ssl::context* identity() { return scheme_ == HttpScheme::https ? &identity_ : nullptr; }
  std::optional<TlsTrust> trust() const { return scheme_ == HttpScheme::https ? std::optional(trust_in(authority)) : std::nullopt; }
  std::string elsewhere() const { return (scheme_ == HttpScheme::https ? "https" : "http") + std::string("://10.0.0.1:8000"); }

  std::unique_ptr<OpenAiModel> model_for(std::vector<std::string> allowed = {}, std::map<std::string, std::string> keys = {},
                                         std::vector<std::vector<std::string>> replicas = {}) {
    ModelOrigins origins = ModelOrigins::create(allowed, std::move(keys)).value();
    auto made = OpenAiModel::create(io.get_executor(),
                                    {.origins = std::move(origins),
                                     .trust = trust(),
                                     .replicas = std::move(replicas),
                                     .times = times,
                                     .left_alone_max = left_alone_max,
                                     .answer_bytes_max = answer_bytes_together},
                                    {.clock = clock, .random = random, .wake_ups = wake_ups});
    return std::move(made.value());
  }

  ModelQuestion question() const {
    return {.endpoint = server.url() + "/", .model = "m", .system = "be brief", .user = "a prime?", .time_max = 5s, .retries_max = 0};
  }

  static std::int64_t bytes_asked(const ModelQuestion& what) { return std::ssize(what.system) + std::ssize(what.user); }

  Result<ModelAnswer> ask(OpenAiModel& asked, ModelQuestion what) {
    std::optional<Result<ModelAnswer>> answer;
    const auto work = [&](auto&&) -> boost::asio::awaitable<void> { answer.emplace(co_await asked.ask(what, heard, stop.get_token())); };
    boost::asio::co_spawn(io, work(0), boost::asio::detached);
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!answer && std::chrono::steady_clock::now() < until) io.run_one_for(patience);
    if (!answer) throw std::runtime_error("no answer came");
    return std::move(*answer);
  }
  Result<ModelAnswer> ask(ModelQuestion what) {
    if (!model) model = model_for();
    return ask(*model, std::move(what));
  }
  Result<ModelAnswer> ask() { return ask(question()); }
  Error error() { return ask().error(); }

  static constexpr std::chrono::seconds patience{20};
  std::size_t answer_bytes_together = std::size_t{512} << 20;

  const HttpScheme scheme_;
  const MadeAuthority authority{"authority"};
  boost::asio::ssl::context identity_ = tls_identity(authority, "DNS:localhost,DNS:models.example,IP:127.0.0.1", 2);
  boost::asio::io_context io;
  ScriptedServer server{io.get_executor(), identity()};
  SystemClock clock;
  FakeRandom random;
  CountedWakeUps wake_ups{io.get_executor()};
  ChatTimes times;
  std::chrono::milliseconds left_alone_max{10'000};
  Heard heard;
  std::stop_source stop;
  std::unique_ptr<OpenAiModel> model;
};

// What holds however it is spoken to.
class SpokenBothWays : public OpenAiModelFixture, public testing::WithParamInterface<HttpScheme> {
 protected:
  SpokenBothWays() : OpenAiModelFixture(GetParam()) {}
};

inline constexpr HttpScheme both_ways[] = {HttpScheme::http, HttpScheme::https};

inline std::string name_of_way(const testing::TestParamInfo<HttpScheme>& way) {
  return way.param == HttpScheme::http ? "plainly" : "over_tls";
}

}  // namespace orc
