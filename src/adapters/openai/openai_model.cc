#include "adapters/openai/openai_model.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <numeric>
#include <tuple>
#include <utility>

#include "adapters/http/http_message.h"

namespace orc {
namespace {

constexpr std::size_t endpoints_known_max = 1000;
constexpr std::size_t models_known_max = 16;  // of each

std::string key_of(const HttpOrigin& origin) { return origin.url(); }
// A server is one whatever path is asked: who may choose the path must not get further budgets by it.
std::string server_of(const HttpOrigin& origin) { return lower_case(origin.place()); }

bool may_retry(const CallFailure& failure) { return failure.fault != CallFailure::Fault::request; }

// A call's place among those that wait.
class Line {
 public:
  Line(std::set<WakeUp*>& waiting, WakeUp& one) : waiting_(waiting), one_(one) { waiting_.insert(&one_); }
  ~Line() { waiting_.erase(&one_); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

 private:
  std::set<WakeUp*>& waiting_;
  WakeUp& one_;
};

// What the breakers of some servers say together.
struct Doors {
  SteadyTime opens_at = SteadyTime::max();  // the first that is not probed
  bool is_probed = false;                   // one of them
  std::int64_t openings = 0;
};

Error stopped() { return {ErrorCode::conflict, "the call was stopped"}; }

}  // namespace

// The calls that are made for one question. Whoever began to answer first is the only one that goes on.
struct OpenAiModel::Race {
  Race(ModelQuestion what, AnswerListener& who, std::unique_ptr<WakeUp> wake)
      : question(std::move(what)), listener(&who), changed(std::move(wake)) {}

  void close_all_but(std::size_t place) {
    for (std::size_t i = 0; i < calls.size(); ++i)
      if (i != place && calls[i]) calls[i]->close();
  }

  // Of all calls but the one whose answer is given.
  void tell_what_was_in_vain(std::size_t decided, AnswerListener& whom) const {
    for (std::size_t i = 0; i < calls.size(); ++i)
      if (i != decided || !outcomes[i]->has_value()) whom.was_in_vain(calls[i]->used());
  }

  // The call whose outcome is that of the race: the winner's, once it has ended; without a winner one that succeeded, or the last to fail.
  std::optional<std::size_t> decided() const {
    if (winner) return outcomes[*winner] ? winner : std::nullopt;
    const auto success = std::ranges::find_if(outcomes, [](const auto& one) { return one && one->has_value(); });
    if (success != outcomes.end()) return static_cast<std::size_t>(success - outcomes.begin());
    const bool all_have_failed = std::ranges::all_of(outcomes, [](const auto& one) { return one.has_value(); });
    return all_have_failed ? std::optional(outcomes.size() - 1) : std::nullopt;
  }

  const ModelQuestion question;
  AnswerListener* listener;  // null once nobody waits any more
  bool was_stopped = false;  // by the asker, who waits until its calls have ended
  const std::unique_ptr<WakeUp> changed;
  std::vector<std::unique_ptr<ChatCall>> calls;
  std::vector<std::optional<Outcome>> outcomes;
  std::optional<std::size_t> winner;
};

Result<std::unique_ptr<OpenAiModel>> OpenAiModel::create(boost::asio::any_io_executor executor, OpenAiSettings settings, Ports ports) {
  std::unique_ptr<OpenAiModel> model(new OpenAiModel(std::move(executor), std::move(settings), ports));
  for (const auto& group : model->settings_.replicas) {
    auto& places = model->replicas_.emplace_back();
    for (const std::string& url : group) {
      auto origin = parse_model_endpoint(url);
      if (!origin) return fail(ErrorCode::invalid_argument, "replica '" + url + "' " + origin.error().message);
      if (auto admitted = model->admit(*origin); !admitted)
        return fail(ErrorCode::invalid_argument, "replica '" + url + "': " + admitted.error().message);
      places.push_back(std::move(*origin));
    }
  }
  return model;
}

OpenAiModel::OpenAiModel(boost::asio::any_io_executor executor, OpenAiSettings settings, Ports ports)
    : executor_(executor),
      settings_(std::move(settings)),
      ports_(ports),
      pool_(std::move(executor), settings_.trust, look_up_by_system),
      open_answers_(settings_.answer_bytes_max) {}

Result<void> OpenAiModel::admit(std::string_view endpoint) const {
  const auto origin = parse_model_endpoint(endpoint);
  if (!origin) return std::unexpected(origin.error());
  return admit(*origin);
}

Result<void> OpenAiModel::admit(const HttpOrigin& origin) const {
  if (auto admitted = settings_.origins.admit(origin); !admitted) return admitted;
  if (origin.scheme == HttpScheme::http || settings_.trust) return {};
  return fail(ErrorCode::permission_denied,
              origin.url() +
                  " speaks TLS, and nobody is named who vouches for servers of this host: --model-ca-file does, or "
                  "--model-origins names it");
}

Async<ModelAnswer> OpenAiModel::ask(ModelQuestion question, AnswerListener& listener, std::stop_token stop) {
  const auto found = places_for(question);
  if (!found) co_return std::unexpected(found.error());
  if (stop.stop_requested()) co_return std::unexpected(stopped());
  const std::vector<HttpOrigin>& places = *found;
  const SteadyTime deadline = ports_.clock.steady_now() + question.time_max;
  const auto pause = ports_.wake_ups.make();
  const std::stop_callback on_stop(stop, [&] { pause->wake(); });
  int patience = question.retries_max;
  for (int retries = 0;; ++retries, --patience) {
    const auto chosen = co_await wait_for_server(places, patience, deadline, *pause, stop);
    if (stop.stop_requested() && !chosen) co_return std::unexpected(stopped());
    if (!chosen)
      co_return fail(ErrorCode::unavailable,
                     endpoint_of(places.front()).last_failure + "; it failed repeatedly, and is left alone for now");
    if (retries == 0) endpoint_of(places.front()).retries.call_was_made();
    auto outcome = co_await ask_once(*chosen, places, question, listener, deadline, stop);
    if (outcome) {  // paid for, whoever stops it now
      outcome->attempts = retries + 1;
      co_return std::move(*outcome);
    }
    if (stop.stop_requested()) co_return std::unexpected(stopped());
    const CallFailure& failure = outcome.error();
    const SteadyTime again = ports_.clock.steady_now() + retry_wait(retries, ports_.random.dice(), failure.asked_for);
    const bool goes_on = may_retry(failure) && retries < question.retries_max && again < deadline &&
                         endpoint_of(places.front()).retries.has_one() && listener.may_try_again();
    if (!goes_on) co_return std::unexpected(std::move(outcome).error().error);
    endpoint_of(places.front()).retries.take();
    while (ports_.clock.steady_now() < again && !stop.stop_requested()) co_await pause->wait(again);
    if (stop.stop_requested()) co_return std::unexpected(stopped());
    listener.restarted();
  }
}

boost::asio::awaitable<std::optional<OpenAiModel::Chosen>> OpenAiModel::wait_for_server(const std::vector<HttpOrigin>& places,
                                                                                        int& patience, SteadyTime deadline, WakeUp& pause,
                                                                                        std::stop_token stop) {
  const auto look = [&] {
    Doors doors;
    for (const HttpOrigin& place : places) {
      const CircuitBreaker& breaker = endpoint_of(place).breaker;
      doors.openings += breaker.openings();
      doors.opens_at = std::min(doors.opens_at, breaker.opens_at());
      doors.is_probed = doors.is_probed || breaker.is_probed();
    }
    return doors;
  };
  std::int64_t openings = look().openings;
  const SteadyTime latest = std::min(deadline, ports_.clock.steady_now() + settings_.left_alone_max);
  const Line line(waiting_, pause);
  while (!stop.stop_requested()) {
    if (auto chosen = choose(places, nullptr)) co_return chosen;
    const Doors doors = look();
    patience -= static_cast<int>(doors.openings - std::exchange(openings, doors.openings));
    const bool comes_in_time = doors.is_probed ? ports_.clock.steady_now() < latest : doors.opens_at < latest;
    if (!comes_in_time || patience < 0) break;
    co_await pause.wait(std::min(doors.opens_at, latest));
  }
  co_return std::nullopt;
}

boost::asio::awaitable<OpenAiModel::Outcome> OpenAiModel::ask_once(Chosen chosen, const std::vector<HttpOrigin>& places,
                                                                   const ModelQuestion& question, AnswerListener& listener,
                                                                   SteadyTime deadline, std::stop_token stop) {
  const HttpOrigin* const first = chosen.origin;
  const auto race = std::make_shared<Race>(question, listener, ports_.wake_ups.make());
  const std::stop_callback on_stop(stop, [&] {
    race->was_stopped = true;
    race->close_all_but(race->calls.size());
    race->changed->wake();
  });
  const auto late = stragglers_of(*first, question.model).late_after();
  SteadyTime second_at = late ? ports_.clock.steady_now() + *late : SteadyTime::max();
  endpoint_of(*first).seconds.call_was_made();
  begin_call(race, chosen, deadline);
  for (;;) {
    co_await race->changed->wait(std::min(second_at, ports_.clock.steady_now() + std::chrono::minutes{1}));
    if (const auto decided = race->decided()) {
      race->listener = nullptr;
      race->close_all_but(race->calls.size());
      race->tell_what_was_in_vain(*decided, listener);
      co_return std::move(*race->outcomes[*decided]);
    }
    // Late are those only that have not begun: who writes is waited for at rest, however long it takes.
    if (race->winner || stop.stop_requested()) second_at = SteadyTime::max();
    if (ports_.clock.steady_now() < second_at) continue;
    second_at = SteadyTime::max();
    // Who is asked for room puts it aside, so that comes last.
    const auto second = endpoint_of(*first).seconds.has_one() ? choose(places, first) : std::nullopt;
    if (!second) continue;
    if (!listener.may_try_again()) {
      tell(endpoint_of(*second->origin).breaker, [&](CircuitBreaker& breaker) { breaker.said_nothing(second->ticket); });
      continue;
    }
    endpoint_of(*first).seconds.take();
    begin_call(race, *second, deadline);
  }
}

void OpenAiModel::begin_call(const std::shared_ptr<Race>& race, const Chosen& chosen, SteadyTime deadline) {
  const std::size_t place = race->calls.size();
  race->calls.push_back(std::make_unique<ChatCall>(pool_, settings_.origins, open_answers_, settings_.times));
  race->outcomes.emplace_back();
  boost::asio::co_spawn(executor_, run_call(race, place, *chosen.origin, chosen.ticket, deadline), boost::asio::detached);
}

boost::asio::awaitable<void> OpenAiModel::run_call(std::shared_ptr<Race> race, std::size_t place, HttpOrigin origin,
                                                   CircuitBreaker::Ticket ticket, SteadyTime deadline) {
  const auto on_text = [&](std::string_view text) {
    if (!ticket.has_begun) tell(endpoint_of(origin).breaker, [&](CircuitBreaker& breaker) { breaker.began(ticket); });
    if (!race->winner) {
      race->winner = place;
      race->close_all_but(place);
      race->changed->wake();
    }
    if (race->winner != place || race->listener == nullptr) return false;
    if (!text.empty()) race->listener->wrote(text);
    return true;
  };
  ChatCall& call = *race->calls[place];
  auto outcome = co_await call.run(origin, race->question, deadline, on_text);
  // Of several servers: which one.
  if (!outcome && !outcome.error().error.message.starts_with(origin.url())) outcome.error().error.message.insert(0, origin.url() + ": ");
  Endpoint& endpoint = endpoint_of(origin);
  const SteadyTime now = ports_.clock.steady_now();
  // That the asker hung up, or that his own time was over, says nothing about the server: it must not close it for the others.
  const bool was_ended = race->was_stopped || race->listener == nullptr || (race->winner && race->winner != place) || now >= deadline;
  // That it is overloaded counts too: who is asked again and again for what he cannot give never comes to.
  const bool has_failed = !outcome && !was_ended && may_retry(outcome.error());
  if (has_failed) endpoint.last_failure = outcome.error().error.message;
  if (outcome && !was_ended) stragglers_of(origin, race->question.model).began_after(outcome->to_first_token);
  tell(endpoint.breaker, [&](CircuitBreaker& breaker) {
    if (has_failed)
      breaker.failed(ticket, now);
    else if (outcome && !was_ended)
      breaker.succeeded(ticket);
    else
      breaker.said_nothing(ticket);
  });
  race->outcomes[place].emplace(std::move(outcome));
  race->changed->wake();
}

std::optional<OpenAiModel::Chosen> OpenAiModel::choose(const std::vector<HttpOrigin>& places, const HttpOrigin* but) {
  // Another one than `but` comes first, then those with few calls under way, then as they were given.
  std::vector<std::size_t> order(places.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::tuple(&places[i] == but, endpoint_of(places[i]).breaker.under_way(), i); });
  for (const std::size_t i : order)
    if (const auto ticket = endpoint_of(places[i]).breaker.admit(ports_.clock.steady_now()))
      return Chosen{.origin = &places[i], .ticket = *ticket};
  return std::nullopt;
}

void OpenAiModel::tell(CircuitBreaker& breaker, const std::function<void(CircuitBreaker&)>& something) {
  const bool was_open = breaker.is_open();
  something(breaker);
  if (was_open)
    for (WakeUp* const one : waiting_) one->wake();
}

Result<std::vector<HttpOrigin>> OpenAiModel::places_for(const ModelQuestion& question) const {
  std::vector<HttpOrigin> places;
  const auto add = [&](const HttpOrigin& origin) {
    if (std::ranges::find(places, key_of(origin), key_of) == places.end()) places.push_back(origin);
  };
  std::vector<std::string> endpoints = question.replicas;
  endpoints.insert(endpoints.begin(), question.endpoint);
  for (const std::string& endpoint : endpoints) {
    const auto origin = parse_model_endpoint(endpoint);
    if (!origin) return fail(origin.error().code, "the endpoint " + origin.error().message);
    if (auto admitted = admit(*origin); !admitted) return pass_on(admitted);
    add(*origin);
    for (const auto& group : replicas_)
      if (std::ranges::find(group, key_of(*origin), key_of) != group.end()) std::ranges::for_each(group, add);
  }
  return places;
}

OpenAiModel::Endpoint& OpenAiModel::endpoint_of(const HttpOrigin& origin) {
  const std::string key = server_of(origin);
  if (endpoints_.size() >= endpoints_known_max && !endpoints_.contains(key))
    std::erase_if(endpoints_, [](const auto& one) { return one.second.breaker.under_way() == 0; });
  return endpoints_[key];
}

StragglerWatch& OpenAiModel::stragglers_of(const HttpOrigin& origin, const std::string& model) {
  auto& known = endpoint_of(origin).stragglers;
  if (known.size() >= models_known_max && !known.contains(model)) known.clear();  // who names ever further ones is asked once each
  return known[model];
}

}  // namespace orc
