#include "application/deliberation/call_slots.h"

#include <algorithm>

namespace orc {

bool CallSlots::fits(std::size_t bytes) const { return calls_ < limits_.calls_max && (bytes_ == 0 || bytes_ + bytes <= limits_.bytes_max); }

bool CallSlots::Share::take(std::size_t bytes) {
  if (calls_ >= slots_.limits_.calls_of_one_max) {
    forget();
    return false;
  }
  auto& line = slots_.line_;
  const auto place = std::ranges::find(line, this, &Waiting::who);
  if (place != line.end()) place->bytes = bytes;
  const bool is_next = line.empty() || place == line.begin();
  if (!is_next || !slots_.fits(bytes)) {
    if (place == line.end()) line.push_back({.who = this, .bytes = bytes});
    return false;
  }
  if (place != line.end()) line.erase(place);
  ++calls_;
  ++slots_.calls_;
  slots_.bytes_ += bytes;
  slots_.call_next();
  return true;
}

void CallSlots::Share::give_back(std::size_t bytes) {
  --calls_;
  --slots_.calls_;
  slots_.bytes_ -= bytes;
  slots_.call_next();
}

// Whoever was called and ends before it has taken its slot leaves it to the next.
void CallSlots::Share::forget() {
  if (std::erase_if(slots_.line_, [&](const Waiting& one) { return one.who == this; }) > 0) slots_.call_next();
}

void CallSlots::call_next() {
  if (!line_.empty() && fits(line_.front().bytes)) line_.front().who->wants_.wake();
}

}  // namespace orc
