#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "domain/time.h"

namespace orc {

// CircuitBreaker keeps calls away from an endpoint that fails: after failures_max failures in a row it opens; once its time is over one
// call may probe, and what becomes of that closes it or opens it for twice as long. Pure: it is told the time. Not thread-safe.
class CircuitBreaker {
 public:
  static constexpr int failures_max = 5;
  static constexpr std::chrono::seconds open_first{1};
  static constexpr std::chrono::seconds open_max{60};

  // What a call is made with. Who was under way before it opened is not the probe, and neither is a probe that another call's success has
  // made an ordinary call.
  struct Ticket {
    std::uint32_t probe = 0;  // which one; 0: none
  };

  // With which a call may be made now, and one of the three below must follow; nothing: none may.
  std::optional<Ticket> admit(SteadyTime now);
  // When one may be made again, if admit() says no.
  SteadyTime opens_at() const { return until_; }

  void succeeded();
  void failed(Ticket ticket, SteadyTime now);
  // It says nothing about the endpoint: it was stopped, or refused for what it is.
  void said_nothing(Ticket ticket) { end_probe(ticket); }

 private:
  // Whether it was the probe that is under way.
  bool end_probe(Ticket ticket);

  int failures_ = 0;  // in a row
  std::chrono::seconds open_for_ = open_first;
  SteadyTime until_{};
  std::uint32_t probe_ = 0;   // that is under way; 0: none
  std::uint32_t probes_ = 0;  // ever
};

// RetryBudget lets so many further calls be made as a share of the first ones, so that a service in trouble is not asked much more often
// than a sound one (attacks.md, O2).
class RetryBudget {
 public:
  RetryBudget(double share, double most) : share_(share), most_(most), tokens_(most) {}
  void call_was_made();
  bool has_one() const { return tokens_ >= 1; }
  bool take();

 private:
  const double share_;
  const double most_;
  double tokens_;
};

// The wait before a retry: with full jitter, uniform in [0, min(retry_wait_max, retry_wait_first * 2^retries)), by `dice` in [0, 1); never
// less than what the server asked for.
inline constexpr std::chrono::milliseconds retry_wait_first{500};
inline constexpr std::chrono::milliseconds retry_wait_max{20'000};
std::chrono::milliseconds retry_wait(int retries, double dice, std::chrono::milliseconds asked_for);

}  // namespace orc
