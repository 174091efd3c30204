#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orc {

// The choice that a mistyped word was probably meant to be: the one with the fewest letters that are wrong, missing, too many or changed
// places with their neighbour; nothing, if more than a third of the word, and more than two letters, would have to change.
std::optional<std::string> nearest_word(std::string_view word, const std::vector<std::string>& choices);

}  // namespace orc
