#pragma once

#include <span>
#include <string_view>

namespace orc::sqlite {

// One step of the schema. Never edited once released; its number is its place, from 1.
struct Migration {
  int number;
  std::string_view name;  // of its file
  std::string_view sql;
};

// The files of migrations/ in order, and of statements/, as they were when this program was built.
std::span<const Migration> embedded_migrations();
std::span<const std::string_view> embedded_statements();

}  // namespace orc::sqlite
