#include "tests/simulation/receiver.h"

namespace orc::simulation {

CallbackAnswer Receiver::hear(const DueCallback& told) {
  CallbackAnswer answer;
  if (dice_.chance(refused_)) {
    answer.status = 500;
    answer.reason = "it answered with status 500";
    return answer;
  }
  ledger_.told(told.job, told.status, webhook_id(told.id, told.job, told.ended_at));
  answer.kind = CallbackAnswer::Kind::taken;
  answer.status = 204;
  return answer;
}

boost::asio::awaitable<CallbackAnswer> SimulatedSender::send(const DueCallback& callback) {
  const auto reply = std::make_shared<Reply<CallbackAnswer>>(process_);
  network_.carry_request(host_, receiver_.host, [reply, callback, &network = network_, &receiver = receiver_, host = host_] {
    network.carry_answer(receiver.host, host, [reply, answer = receiver.hear(callback)] { reply->come(answer); });
  });
  auto answer = co_await reply->wait(process_.steady_now() + patience);
  if (answer) co_return std::move(*answer);
  CallbackAnswer none;
  none.reason = "it did not answer";
  co_return none;
}

}  // namespace orc::simulation
