#pragma once

#include <map>
#include <string>
#include <vector>

#include "domain/field_fault.h"

namespace orc {

// Draft is what somebody describes, as far as it could be read, and what could not. Where a fault stands, `content` means nothing.
template <typename T>
struct Draft {
  T content;
  std::vector<FieldFault> faults;
  // Of members that came under an older name: that name, by the one in use. `faults` has the name in use; whoever sent it is told the
  // other.
  std::map<std::string, std::string> sent_as = {};
};

}  // namespace orc
