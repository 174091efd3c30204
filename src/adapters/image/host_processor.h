#pragma once

#include <string_view>

namespace orc {

// As images name it (OCI image index, "platform"); empty: one that no image is made for.
#if defined(__x86_64__)
inline constexpr std::string_view host_processor = "amd64";
#elif defined(__aarch64__)
inline constexpr std::string_view host_processor = "arm64";
#else
inline constexpr std::string_view host_processor;
#endif

}  // namespace orc
