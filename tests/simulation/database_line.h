#pragma once

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "ports/job_store.h"
#include "tests/simulation/reply.h"

namespace orc::simulation {

// What is wrong with the database now.
struct DatabaseFaults {
  bool is_away = false;
  double refused_changes = 0, lost_commits = 0, slow_answers = 0;
};

// DatabaseLine is the way from one process to the database: every call is a message there and one back. The database may be slow, may
// refuse, may be away for a while, and may do what it was asked without the answer ever arriving (docs/decisions/ambiguous_commits.md).
class DatabaseLine {
 public:
  enum class Kind : std::uint8_t { change, question };
  struct Ports {
    SimulatedTime& time;
    Dice& dice;
    const DatabaseFaults& faults;
    SimulatedProcess& process;
  };
  explicit DatabaseLine(Ports ports) : ports_(ports) {}

  // What `act` gives at the database, or unavailable. `Answer` is a std::expected.
  template <typename Answer>
  boost::asio::awaitable<Answer> call(Kind kind, std::function<boost::asio::awaitable<Answer>()> act) const {
    const DatabaseFaults& faults = ports_.faults;
    Dice& dice = ports_.dice;
    const SteadyTime until = ports_.time.now() + patience;
    const bool is_change = kind == Kind::change;
    const bool is_refused = is_change && dice.chance(faults.refused_changes);
    const bool is_lost = is_change && dice.chance(faults.lost_commits);
    Span way_back = dice.between(way_min, way_max);
    if (dice.chance(faults.slow_answers)) way_back += dice.between(Span{0}, slow_max);
    const auto reply = std::make_shared<Reply<Answer>>(ports_.process);
    const auto answer = [reply, way_back, is_lost, &time = ports_.time](const std::exception_ptr& thrown, Answer result) {
      if (thrown) std::rethrow_exception(thrown);
      if (!is_lost) time.after(way_back, [reply, result = std::move(result)]() mutable { reply->come(std::move(result)); });
    };
    // It goes on without us: what a killed server has sent takes place all the same.
    ports_.time.after(dice.between(way_min, way_max), [reply, is_refused, answer, &faults, act = std::move(act), &time = ports_.time] {
      if (faults.is_away) return;
      if (is_refused)
        reply->come(unavailable<Answer>());
      else
        boost::asio::co_spawn(time.loop(), act(), answer);
    });
    auto result = co_await reply->wait(until);
    co_return result ? std::move(*result) : unavailable<Answer>();
  }

 private:
  static constexpr std::chrono::seconds patience{2};  // of the product's adapters
  static constexpr Span way_min{50};
  static constexpr Span way_max{1'500};
  static constexpr Span slow_max = std::chrono::seconds{4};

  template <typename Answer>
  static Answer unavailable() {
    Error away{ErrorCode::unavailable, "the database does not answer"};
    if constexpr (std::is_same_v<typename Answer::error_type, SubmitRefusal>)
      return std::unexpected(SubmitRefusal{.error = std::move(away)});
    else
      return std::unexpected(std::move(away));
  }

  const Ports ports_;
};

}  // namespace orc::simulation
