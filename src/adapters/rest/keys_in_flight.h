#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "domain/result.h"
#include "domain/strong_id.h"

namespace orc {

// KeysInFlight knows the idempotency keys of submissions that are not answered yet, so that a repeat is told to wait (contract section 11)
// rather than to race. I/O thread only.
class KeysInFlight {
 public:
  static constexpr std::size_t keys_max = 100'000;

  // Holds keys until it is destroyed; must not outlive the KeysInFlight.
  class Hold {
   public:
    explicit Hold(KeysInFlight& owner) : owner_(&owner) {}
    ~Hold();
    Hold(Hold&& other) noexcept : owner_(other.owner_), keys_(std::exchange(other.keys_, {})) {}
    Hold& operator=(Hold&&) = delete;

   private:
    friend class KeysInFlight;
    KeysInFlight* owner_;
    std::vector<std::string> keys_;
  };

  // All keys or none. Errors: conflict, if one is held by this user already; resource_exhausted at keys_max.
  Result<Hold> hold(UserId user, const std::vector<std::string_view>& keys);

 private:
  std::unordered_set<std::string> held_;  // user and key
};

}  // namespace orc
