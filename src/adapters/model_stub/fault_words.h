#pragma once

#include <string>

#include "domain/field_fault.h"

namespace orc {

// "answers.2: Input should be a valid string".
inline std::string fault_words(const FieldFault& fault) {
  std::string place;
  for (const FieldStep& step : fault.loc) {
    const auto* name = std::get_if<std::string>(&step);
    place += (place.empty() ? "" : ".") + (name ? *name : std::to_string(std::get<std::int64_t>(step)));
  }
  return place.empty() ? fault.msg : place + ": " + fault.msg;
}

}  // namespace orc
