#pragma once

#include <string_view>

// Files that are part of the binary. They live as long as the process.
namespace orc::embedded {

std::string_view openapi();           // api/openapi.yaml as JSON
std::string_view registry_openapi();  // the part of it that the registry's port serves
std::string_view docs_page();
std::string_view docs_start_script();
std::string_view swagger_ui_bundle();
std::string_view swagger_ui_style();

}  // namespace orc::embedded
