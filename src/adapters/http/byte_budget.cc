#include "adapters/http/byte_budget.h"

namespace orc {

std::uint64_t ByteBudget::held_by(const std::string& address) const {
  const auto known = by_address_.find(address);
  return known == by_address_.end() ? 0 : known->second;
}

std::uint64_t ByteBudget::Share::counted_of(std::uint64_t bytes) const {
  return bytes > budget_.allowance_ ? bytes - budget_.allowance_ : 0;
}

bool ByteBudget::Share::could_hold(std::uint64_t bytes, HeldFor purpose) const {
  const std::uint64_t wanted = counted_of(bytes);
  if (wanted <= counted_) return true;
  if (purpose == HeldFor::record && budget_.held_ == 0) return true;
  const std::uint64_t most = purpose == HeldFor::body ? budget_.bytes_max_ - budget_.bytes_max_ / 4 : budget_.bytes_max_;
  const std::uint64_t others = budget_.held_ - counted_;
  if (others > most || wanted > most - others) return false;
  const std::uint64_t others_here = budget_.held_by(address_) - counted_;
  return others_here == 0 || others_here + wanted <= most / 2;
}

bool ByteBudget::Share::try_hold(std::uint64_t bytes, HeldFor purpose) {
  if (!could_hold(bytes, purpose)) return false;
  hold(bytes);
  return true;
}

void ByteBudget::Share::hold(std::uint64_t bytes) {
  const std::uint64_t wanted = counted_of(bytes);
  if (wanted == counted_) return;
  budget_.held_ = budget_.held_ - counted_ + wanted;
  std::uint64_t& here = budget_.by_address_[address_];
  here = here - counted_ + wanted;
  if (here == 0) budget_.by_address_.erase(address_);
  counted_ = wanted;
}

}  // namespace orc
