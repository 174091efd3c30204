#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace orc {

// PlacesByAddress lets each client address do a few things at once, so that none takes the places of all others in a queue that has few.
// I/O thread only.
class PlacesByAddress {
 public:
  // At most `places_max` at once for each address.
  explicit PlacesByAddress(int places_max) : places_max_(places_max) {}
  PlacesByAddress(const PlacesByAddress&) = delete;
  PlacesByAddress& operator=(const PlacesByAddress&) = delete;

  // One thing that is being done; over when it is destroyed. Must not outlive the PlacesByAddress.
  class Place {
   public:
    Place(PlacesByAddress& owner, std::string address) : owner_(&owner), address_(std::move(address)) { ++owner_->taken_[address_]; }
    ~Place() {
      if (owner_ != nullptr && --owner_->taken_[address_] == 0) owner_->taken_.erase(address_);
    }
    Place(Place&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), address_(std::move(other.address_)) {}
    Place& operator=(Place&&) = delete;

   private:
    PlacesByAddress* owner_;
    std::string address_;
  };

  // Nothing if the address has all of its places.
  std::optional<Place> take(const std::string& address) {
    const auto known = taken_.find(address);
    if (known != taken_.end() && known->second >= places_max_) return std::nullopt;
    return std::make_optional<Place>(*this, address);
  }

  [[nodiscard]] std::size_t addresses() const { return taken_.size(); }

 private:
  const int places_max_;
  std::unordered_map<std::string, int> taken_;  // of addresses that have one
};

}  // namespace orc
