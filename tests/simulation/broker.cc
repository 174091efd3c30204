#include "tests/simulation/broker.h"

namespace orc::simulation {
namespace {

Error silent() { return {ErrorCode::unavailable, "the broker does not answer"}; }

}  // namespace

PublishOutcome Broker::take(int life, const std::vector<StoredEvent>& events) {
  PublishOutcome outcome;
  if (life != life_ || !has_place_) {
    outcome.stopped = Error{ErrorCode::unavailable, "the connection is cut"};
    return outcome;
  }
  for (const StoredEvent& one : events) {
    if (kept_.insert(one.id).second) ledger_.kept(one.id, one.deliberation, one.n);
    outcome.taken.push_back(one.id);
  }
  return outcome;
}

void Broker::wipe() {
  ++life_;
  has_place_ = false;
  kept_.clear();
  ledger_.lost_everything();
}

// Over a connection nothing is doubled.
template <typename Answer>
boost::asio::awaitable<std::optional<Answer>> SimulatedPublisher::ask(std::function<Answer()> act) {
  const auto reply = std::make_shared<Reply<Answer>>(process_);
  network_.carry_answer(host_, broker_.host, [reply, act = std::move(act), &network = network_, from = broker_.host, to = host_] {
    network.carry_answer(from, to, [reply, answer = act()] { reply->come(answer); });
  });
  co_return co_await reply->wait(process_.steady_now() + patience);
}

Async<PublishedBefore> SimulatedPublisher::prepare() {
  using Seen = std::pair<int, PublishedBefore>;
  life_ = 0;
  const std::function<Seen()> look = [&broker = broker_] { return Seen(broker.life(), broker.look()); };
  const auto seen = co_await ask<Seen>(look);
  if (!seen) co_return std::unexpected(silent());
  life_ = seen->first;
  co_return seen->second;
}

Async<void> SimulatedPublisher::make_place() {
  const std::function<bool()> make = [&broker = broker_, life = life_] {
    if (life == broker.life()) broker.make_place();
    return life == broker.life();
  };
  const auto made = co_await ask<bool>(make);
  if (made && *made) co_return Result<void>{};
  life_ = 0;
  co_return std::unexpected(silent());
}

boost::asio::awaitable<PublishOutcome> SimulatedPublisher::publish(std::vector<EventToPublish> events) {
  std::vector<StoredEvent> sent;
  for (EventToPublish& one : events) sent.push_back(std::move(one.event));
  const std::function<PublishOutcome()> take = [&broker = broker_, life = life_, sent = std::move(sent)] {
    return broker.take(life, sent);
  };
  auto outcome = co_await ask<PublishOutcome>(take);
  if (!outcome) outcome = PublishOutcome{.taken = {}, .refused = {}, .stopped = silent()};
  if (outcome->stopped) life_ = 0;
  co_return std::move(*outcome);
}

}  // namespace orc::simulation
