#include "adapters/sql_text/named_sql.h"

#include "domain/assert.h"

namespace orc {

NamedSql::NamedSql(std::span<const std::string_view> files) {
  for (const std::string_view text : files) add_file(text);
}

void NamedSql::add_file(std::string_view text) {
  static constexpr std::string_view mark = "-- name: ";
  for (auto start = text.find(mark); start != std::string_view::npos;) {
    const auto name_start = start + mark.size();
    const auto name_end = text.find('\n', name_start);
    ORC_ASSERT(name_end != std::string_view::npos);
    const auto next = text.find(mark, name_end);
    const auto sql = text.substr(name_end + 1, next == std::string_view::npos ? next : next - name_end - 1);
    const bool is_new = sql_by_name_.emplace(text.substr(name_start, name_end - name_start), sql).second;
    ORC_ASSERT(is_new);
    start = next;
  }
}

NamedSql::Entry NamedSql::find(std::string_view name) const {
  const auto found = sql_by_name_.find(name);
  ORC_ASSERT(found != sql_by_name_.end());
  return {.name = found->first, .sql = found->second};
}

}  // namespace orc
