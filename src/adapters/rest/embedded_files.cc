#include "adapters/rest/embedded_files.h"

namespace orc::embedded {
namespace {

// Made or fetched by the build; CMakeLists.txt says from where.
// clang-format off
constexpr unsigned char openapi_bytes[] = {
#embed "openapi.json"
};
constexpr unsigned char registry_openapi_bytes[] = {
#embed "registry_openapi.json"
};
constexpr unsigned char docs_page_bytes[] = {
#embed "docs.html"
};
constexpr unsigned char docs_start_script_bytes[] = {
#embed "docs_start.js"
};
constexpr unsigned char swagger_ui_bundle_bytes[] = {
#embed "swagger-ui-bundle.js"
};
constexpr unsigned char swagger_ui_style_bytes[] = {
#embed "swagger-ui.css"
};
// clang-format on

template <std::size_t Size>
std::string_view text(const unsigned char (&bytes)[Size]) {
  return {reinterpret_cast<const char*>(bytes), Size};
}

}  // namespace

std::string_view openapi() { return text(openapi_bytes); }
std::string_view registry_openapi() { return text(registry_openapi_bytes); }
std::string_view docs_page() { return text(docs_page_bytes); }
std::string_view docs_start_script() { return text(docs_start_script_bytes); }
std::string_view swagger_ui_bundle() { return text(swagger_ui_bundle_bytes); }
std::string_view swagger_ui_style() { return text(swagger_ui_style_bytes); }

}  // namespace orc::embedded
