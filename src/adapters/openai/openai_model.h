#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/openai/chat_call.h"
#include "adapters/openai/circuit_breaker.h"
#include "adapters/openai/straggler_watch.h"
#include "ports/clock.h"
#include "ports/language_model.h"
#include "ports/random_source.h"
#include "ports/wake_up.h"

namespace orc {

struct OpenAiSettings {
  ModelOrigins origins;
  // Who vouches for the servers that speak TLS. Nothing: none of them is asked.
  std::optional<TlsTrust> trust;
  // Endpoints that serve the same models, in groups: a call for one of a group may go to any of it. Each must be allowed.
  std::vector<std::vector<std::string>> replicas;
  ChatTimes times;
  std::chrono::milliseconds left_alone_max{10'000};       // that a call waits for a server which is left alone
  std::size_t answer_bytes_max = std::size_t{512} << 20;  // that answers hold together while they come, beside what each has of its own
};

// OpenAiModel asks model servers that speak OpenAI's HTTP API: vLLM, or any other. It retries within a budget, keeps away from endpoints
// that fail, and asks a second time where the first answer is late. A call that no endpoint may be asked for waits until one may; that
// costs it nothing but time. On the thread of `executor`; must outlive its calls.
class OpenAiModel final : public LanguageModel {
 public:
  struct Ports {
    Clock& clock;  // runs as the machine's own does, by which connections time out
    RandomSource& random;
    WakeUps& wake_ups;
  };

  // Errors: invalid_argument, naming a replica that is no endpoint or not allowed.
  static Result<std::unique_ptr<OpenAiModel>> create(boost::asio::any_io_executor executor, OpenAiSettings settings, Ports ports);

  // As ModelOrigins::shut_out(). Before anything is asked.
  void shut_out(std::vector<std::string> own_ports) { settings_.origins.shut_out(std::move(own_ports)); }

  // Closes the connections that are kept for further calls, and keeps no more.
  void close_idle() { pool_.close_idle(); }

  Result<void> admit(std::string_view endpoint) const override;
  Async<ModelAnswer> ask(ModelQuestion question, AnswerListener& listener, std::stop_token stop) override;

 private:
  // What is known of one server.
  struct Endpoint {
    CircuitBreaker breaker;
    RetryBudget retries{0.1, 10};                      // of its first calls
    RetryBudget seconds{0.05, 5};                      // likewise, calls made because the first was late
    std::map<std::string, StragglerWatch> stragglers;  // by model: what is late for a small one is not for a large one
    std::string last_failure;
  };
  struct Race;
  // A server that a call may be made to, and what its breaker gave for it.
  struct Chosen {
    const HttpOrigin* origin;
    CircuitBreaker::Ticket ticket;
  };
  using Outcome = ChatCall::Outcome;

  OpenAiModel(boost::asio::any_io_executor executor, OpenAiSettings settings, Ports ports);

  // The server for the next call, once there is one. Nothing: it was stopped, its time would be over before, or its `patience` is: each
  // probe of others that fails meanwhile takes one.
  boost::asio::awaitable<std::optional<Chosen>> wait_for_server(const std::vector<HttpOrigin>& places, int& patience, SteadyTime deadline,
                                                                WakeUp& pause, std::stop_token stop);
  // One call to `chosen`, or two of which the first that begins to answer wins.
  boost::asio::awaitable<Outcome> ask_once(Chosen chosen, const std::vector<HttpOrigin>& places, const ModelQuestion& question,
                                           AnswerListener& listener, SteadyTime deadline, std::stop_token stop);
  boost::asio::awaitable<void> run_call(std::shared_ptr<Race> race, std::size_t place, HttpOrigin origin, CircuitBreaker::Ticket ticket,
                                        SteadyTime deadline);
  void begin_call(const std::shared_ptr<Race>& race, const Chosen& chosen, SteadyTime deadline);

  Result<void> admit(const HttpOrigin& origin) const;

  // The server for the next call: of those whose breaker admits one, that with the fewest under way. Nothing if none does.
  std::optional<Chosen> choose(const std::vector<HttpOrigin>& places, const HttpOrigin* but);
  // Tells a breaker something. Whoever waits for one that was open looks again.
  void tell(CircuitBreaker& breaker, const std::function<void(CircuitBreaker&)>& something);
  // Where it may go: its endpoint, its replicas and those that the settings know of. Errors: those of admit().
  Result<std::vector<HttpOrigin>> places_for(const ModelQuestion& question) const;
  Endpoint& endpoint_of(const HttpOrigin& origin);
  StragglerWatch& stragglers_of(const HttpOrigin& origin, const std::string& model);

  const boost::asio::any_io_executor executor_;
  OpenAiSettings settings_;
  const Ports ports_;
  std::vector<std::vector<HttpOrigin>> replicas_;  // constant after create()
  HttpCallPool pool_;
  OpenAnswers open_answers_;
  std::map<std::string, Endpoint> endpoints_;  // by place, in lower case
  std::set<WakeUp*> waiting_;                  // for a server
};

}  // namespace orc
