#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "domain/time.h"
#include "ports/clock.h"

namespace orc {

// So many in so long; as many may come at once after a pause.
struct Rate {
  std::int64_t count;
  std::chrono::nanoseconds period;
};

// RateLimiter lets each key - an account, an address - do something at a rate. It keeps one time per key (the generic cell rate algorithm,
// ITU-T I.371), of at most keys_max keys: beyond that, first those that owe nothing are forgotten, then the one that owes least.
// I/O thread only.
class RateLimiter {
 public:
  static constexpr std::size_t keys_max = 10'000;
  static constexpr std::size_t key_length_max = 320;  // what follows is not looked at, so keys of any length cost no more

  // `clock` must outlive the limiter. Without a rate nobody waits.
  RateLimiter(std::optional<Rate> rate, Clock& clock) : rate_(rate), clock_(clock) {}

  // How long `key` has to wait before it may go on; nothing if it may now.
  std::optional<std::chrono::seconds> wait_of(std::string_view key) const;

  // `key` has done it `count` times, allowed or not. What is beyond the rate becomes debt, which makes it wait longer.
  void spend(std::string_view key, std::int64_t count);

  // `count` of what `key` has spent turned out to be free.
  void give_back(std::string_view key, std::int64_t count);

  std::size_t keys() const { return free_at_.size(); }

 private:
  std::chrono::nanoseconds interval() const { return rate_->period / rate_->count; }
  void make_room();

  const std::optional<Rate> rate_;
  Clock& clock_;
  std::unordered_map<std::string, SteadyTime> free_at_;  // when a key will owe nothing
};

}  // namespace orc
