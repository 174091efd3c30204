#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orc {

// A field of plugin.json that means nothing, and those that do in its place: {"limts", {"limits", …}}, {"limits.timeout_secs", {…}}.
struct UnknownField {
  std::string path;                  // "limits.timeout_secs"
  std::vector<std::string> choices;  // as paths too
  bool operator==(const UnknownField&) const = default;
};

// Those of a plugin.json; read_new_plugin() ignores them, since an older server must take what a newer one understands. None for a text
// that is no JSON object. Pure.
std::vector<UnknownField> unknown_fields(std::string_view json);

}  // namespace orc
