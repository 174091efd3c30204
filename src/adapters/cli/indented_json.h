#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orc {

// JSON for people: a line for each member of an object, two spaces deeper than the object; lists stay in their line. `json` is valid JSON;
// its strings and numbers stay as they are.
std::vector<std::string> indented_lines(std::string_view json);

}  // namespace orc
