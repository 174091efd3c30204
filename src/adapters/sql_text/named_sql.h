#pragma once

#include <map>
#include <span>
#include <string_view>

namespace orc {

// One step of a schema. Never edited once released; its number is its place, from 1.
struct SqlMigration {
  int number;
  std::string_view name;  // of its file
  std::string_view sql;
};

// NamedSql finds SQL by name in the texts of statements/*.sql of a database's adapter, where each statement stands below a line
// `-- name: NAME`. Immutable; thread-safe. Borrows the texts, which live as long as the program.
class NamedSql {
 public:
  struct Entry {
    std::string_view name;
    std::string_view sql;
  };

  // Precondition: no name stands twice.
  explicit NamedSql(std::span<const std::string_view> files);

  // Precondition: the name exists. What is given lives as long as the texts.
  Entry find(std::string_view name) const;

 private:
  void add_file(std::string_view text);

  std::map<std::string_view, std::string_view> sql_by_name_;
};

}  // namespace orc
