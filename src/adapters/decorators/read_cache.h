#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace orc {

// ReadCache remembers what was read from a store until something in that store changes. It is exact as long as every change goes through
// a Change: one process owns the data directory (design.md, sentence 2), so nobody else changes it. Thread-safe.
//
// A read that overlaps a change is never remembered, however the two are ordered: it may have seen the state before.
template <typename Key, typename Value>
class ReadCache {
 public:
  // When the costs of what is remembered would exceed `cost_max`, all is forgotten.
  explicit ReadCache(std::size_t cost_max) : cost_max_(cost_max) {}
  ReadCache(const ReadCache&) = delete;
  ReadCache& operator=(const ReadCache&) = delete;

  // Stands for the state of the store at a moment; taken before a read.
  enum class Ticket : std::uint64_t {};

  // Held around a change of the store. While it lasts nothing is remembered; at both ends all is forgotten.
  class Change {
   public:
    explicit Change(ReadCache& cache) : cache_(cache) { cache_.forget(1); }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    ~Change() { cache_.forget(-1); }

   private:
    ReadCache& cache_;
  };

  template <typename Sought>
  std::optional<Value> find(const Sought& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(key);
    if (found == values_.end()) return {};
    return found->second;
  }

  Ticket ticket() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }

  // Remembers what a read gave that began when `before` was taken, unless a change has come between.
  void put(Key key, const Value& value, std::size_t cost, Ticket before) {
    const std::lock_guard lock(mutex_);
    if (changing_ > 0 || before != state_ || cost > cost_max_) return;
    if (cost_ + cost > cost_max_) clear();
    if (values_.emplace(std::move(key), value).second) cost_ += cost;
  }

 private:
  void forget(int changes) {
    const std::lock_guard lock(mutex_);
    changing_ += changes;
    state_ = Ticket{std::to_underlying(state_) + 1};
    clear();
  }

  void clear() {
    values_.clear();
    cost_ = 0;
  }

  const std::size_t cost_max_;

  mutable std::mutex mutex_;
  std::map<Key, Value, std::less<>> values_;  // guarded by mutex_
  std::size_t cost_ = 0;                      // guarded by mutex_; of values_
  Ticket state_{};                            // guarded by mutex_; rises at both ends of every change
  int changing_ = 0;                          // guarded by mutex_; changes that are going on
};

}  // namespace orc
