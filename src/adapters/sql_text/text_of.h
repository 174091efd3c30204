#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace orc {

// Joins texts, numbers and ids to one sentence.
template <typename... Parts>
std::string text_of(const Parts&... parts) {
  std::string text;
  const auto add = [&text]<typename T>(const T& part) {
    if constexpr (std::is_enum_v<T>) {
      text += std::to_string(std::to_underlying(part));
    } else if constexpr (std::integral<T>) {
      text += std::to_string(part);
    } else {
      text += std::string_view(part);
    }
  };
  (add(parts), ...);
  return text;
}

}  // namespace orc
