#include "domain/fault_list.h"

#include <algorithm>
#include <span>

namespace orc {
namespace {

bool holds_or_lies_in(const FieldPlace& one, const FieldPlace& other) {
  const auto shared = static_cast<std::ptrdiff_t>(std::min(one.size(), other.size()));
  return std::equal(one.begin(), one.begin() + shared, other.begin());
}

}  // namespace

bool FaultList::is_read(const FieldPlace& place) const {
  const auto unread = std::span(faults_).first(unread_count_);
  return std::ranges::none_of(unread, [&](const FieldFault& fault) { return holds_or_lies_in(fault.loc, place); });
}

void FaultList::add(FieldPlace place, std::string msg) {
  if (is_read(place)) faults_.push_back({.loc = std::move(place), .msg = std::move(msg), .type = "value_error"});
}

}  // namespace orc
