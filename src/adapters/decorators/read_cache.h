#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "adapters/decorators/cache_trust.h"

namespace orc {

// ReadCache remembers what was read from a store until something in that store changes. It is exact as long as every change of this process
// goes through a Change, and every change of another one is told by forget(): see CacheTrust. Thread-safe.
//
// A read that overlaps a change is never remembered, however the two are ordered: it may have seen the state before.
template <typename Key, typename Value>
class ReadCache {
 public:
  // When the costs of what is remembered would exceed `cost_max`, all is forgotten. `trust` must outlive it.
  ReadCache(std::size_t cost_max, const CacheTrust& trust) : cost_max_(cost_max), trust_(trust) {}
  ReadCache(const ReadCache&) = delete;
  ReadCache& operator=(const ReadCache&) = delete;

  // Stands for the state of the store at a moment; taken before a read.
  struct Ticket {
    std::uint64_t state = 0;
    SteadyTime at;
  };

  // Held around a change of the store. While it lasts nothing is remembered; at both ends all is forgotten.
  class Change {
   public:
    explicit Change(ReadCache& cache) : cache_(cache) { cache_.forget_for(1); }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    ~Change() { cache_.forget_for(-1); }

   private:
    ReadCache& cache_;
  };

  // The store was changed by somebody else.
  void forget() { forget_for(0); }

  template <typename Sought>
  std::optional<Value> find(const Sought& key) const {
    const SteadyTime good_since = trust_.good_since();
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(key);
    if (found == values_.end() || found->second.read_at < good_since) return {};
    return found->second.value;
  }

  Ticket ticket() const {
    const SteadyTime now = trust_.now();
    const std::lock_guard lock(mutex_);
    return {.state = state_, .at = now};
  }

  // Remembers what a read gave that began when `before` was taken, unless a change has come between.
  void put(Key key, const Value& value, std::size_t cost, Ticket before) {
    const std::lock_guard lock(mutex_);
    if (changing_ > 0 || before.state != state_ || cost > cost_max_) return;
    if (cost_ + cost > cost_max_) clear();
    const auto [place, is_new] = values_.try_emplace(std::move(key), Kept{.value = value, .cost = cost, .read_at = before.at});
    if (!is_new) {
      cost_ -= place->second.cost;
      place->second = {.value = value, .cost = cost, .read_at = before.at};
    }
    cost_ += cost;
  }

 private:
  struct Kept {
    Value value;
    std::size_t cost;
    SteadyTime read_at;  // began to be
  };

  void forget_for(int changes) {
    const std::lock_guard lock(mutex_);
    changing_ += changes;
    ++state_;
    clear();
  }

  void clear() {
    values_.clear();
    cost_ = 0;
  }

  const std::size_t cost_max_;
  const CacheTrust& trust_;

  mutable std::mutex mutex_;
  std::map<Key, Kept, std::less<>> values_;  // guarded by mutex_
  std::size_t cost_ = 0;                     // guarded by mutex_; of values_
  std::uint64_t state_ = 0;                  // guarded by mutex_; rises at both ends of every change
  int changing_ = 0;                         // guarded by mutex_; changes that are going on
};

}  // namespace orc
