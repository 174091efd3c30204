#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace orc {

// One step to the place of a fault: a field's name or an index.
using FieldStep = std::variant<std::string, std::int64_t>;
using FieldPlace = std::vector<FieldStep>;

// One thing wrong with what somebody described. `loc` leads to it from the outermost description; empty is the whole. `msg` is a sentence
// for people, `type` a word for programs: "value_error" for a broken rule of the domain, else that of whoever read the description.
struct FieldFault {
  FieldPlace loc;
  std::string msg;
  std::string type;
  bool operator==(const FieldFault&) const = default;
};

}  // namespace orc
