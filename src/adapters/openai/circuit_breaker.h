#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>

#include "domain/time.h"

namespace orc {

// CircuitBreaker keeps calls away from an endpoint that fails. It counts two rows of failures: calls that failed before they wrote a word,
// until any call writes one; and answers that were broken off, until one comes whole. It opens when a row has failures_max, and of the
// calls that were begun before the last of them no more than that may still end the row: refusals come in no time and answers take theirs,
// so that the first to be heard of say nothing about the others. Once its time is over one call may probe: its first word lets the others
// in, its failure opens it for twice as long, as does each further opening until an answer has come whole. Pure: it is told the time. Not
// thread-safe. docs/decisions/model_client.md says why.
class CircuitBreaker {
 public:
  static constexpr int failures_max = 5;
  static constexpr std::chrono::seconds open_first{1};
  static constexpr std::chrono::seconds open_max{60};

  // What a call is made with.
  struct Ticket {
    std::uint64_t number = 0;  // in the order in which calls are begun
    bool has_begun = false;    // to write
  };

  // With which a call may be made now, and one of succeeded(), failed() and said_nothing() must follow; nothing: none may.
  std::optional<Ticket> admit(SteadyTime now);
  // When one may be made again, if admit() says no; max() while a probe is under way, whose end decides it.
  SteadyTime opens_at() const { return is_probed() ? SteadyTime::max() : until_; }
  bool is_open() const { return is_open_; }
  bool is_probed() const { return probe_ != 0; }
  std::int64_t openings() const { return openings_; }  // ever
  std::size_t under_way() const { return silent_.size() + writing_.size(); }

  // The first piece of its answer.
  void began(Ticket& ticket);
  void succeeded(const Ticket& ticket);
  void failed(const Ticket& ticket, SteadyTime now);
  // It says nothing about the endpoint: it was stopped, or refused for what it is.
  void said_nothing(const Ticket& ticket);

 private:
  void forget(const Ticket& ticket);
  // Whether it was the probe that is under way.
  bool end_probe(const Ticket& ticket);
  bool is_long_row() const;
  void open(SteadyTime now);
  void close();

  struct Row {
    int failures = 0;
    std::uint64_t last = 0;  // of them, as they were begun
  };
  Row refused_;     // before a word
  Row broken_off_;  // behind it
  // The numbers of the calls under way.
  std::set<std::uint64_t> silent_;
  std::set<std::uint64_t> writing_;
  std::uint64_t calls_ = 0;  // ever
  bool is_open_ = false;
  std::chrono::seconds open_for_ = open_first;  // the next time
  SteadyTime until_{};
  std::uint64_t probe_ = 0;  // that is under way; 0: none
  std::int64_t openings_ = 0;
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
