#pragma once

#include <filesystem>
#include <string_view>

#include "domain/result.h"

namespace orc {

// For tests: "unpacks" a package that is the path of a program, by copying it into `folder` as "plugin".
inline Result<void> copy_program(std::string_view path, const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::copy_file(path, folder / "plugin", problem);
  if (problem) return fail(ErrorCode::invalid_argument, "no such program");
  std::filesystem::permissions(folder / "plugin", std::filesystem::perms(0755));
  return {};
}

}  // namespace orc
