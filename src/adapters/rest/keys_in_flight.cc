#include "adapters/rest/keys_in_flight.h"

#include <utility>

namespace orc {

KeysInFlight::Hold::~Hold() {
  for (const std::string& key : keys_) owner_->held_.erase(key);
}

Result<KeysInFlight::Hold> KeysInFlight::hold(UserId user, const std::vector<std::string_view>& keys) {
  Hold hold(*this);
  if (held_.size() + keys.size() > keys_max)
    return fail(ErrorCode::resource_exhausted,
                "too many submissions with an idempotency key are in flight (" + std::to_string(keys_max) + ")");
  for (const std::string_view key : keys) {
    std::string name = std::to_string(std::to_underlying(user)).append(":").append(key);
    if (!held_.insert(name).second)
      return fail(ErrorCode::conflict,
                  "a request with the idempotency key \"" + std::string(key) + "\" is still being answered; repeat it in a moment");
    hold.keys_.push_back(std::move(name));
  }
  return hold;
}

}  // namespace orc
