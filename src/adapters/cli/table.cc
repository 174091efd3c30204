#include "adapters/cli/table.h"

#include <algorithm>
#include <ostream>

#include "domain/assert.h"

namespace orc {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t shrunk_width_min = 8;

}  // namespace

void Table::add(std::vector<Cell> cells) {
  ORC_ASSERT(cells.size() == columns_.size());
  for (auto& cell : cells) cell.text = printable(cell.text);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(const Terminal& terminal) const {
  std::vector<std::size_t> widths;
  std::size_t sum = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = columns_of(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, columns_of(row[i].text));
    widths.push_back(width);
    sum += width + gap;
  }
  sum -= gap;
  if (!terminal.out_is_terminal) return widths;
  for (std::size_t i = columns_.size(); i-- > 0 && sum > terminal.width;) {
    if (columns_[i].width != Column::Width::may_shrink || widths[i] <= shrunk_width_min) continue;
    const std::size_t less = std::min(sum - terminal.width, widths[i] - shrunk_width_min);
    widths[i] -= less;
    sum -= less;
  }
  return widths;
}

void Table::print_row(std::ostream& out, const Terminal& terminal, const std::vector<Cell>& cells,
                      const std::vector<std::size_t>& widths) const {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string text = cut_to(cells[i].text, widths[i]);
    const std::string space(widths[i] - columns_of(text), ' ');
    const bool is_last = i + 1 == cells.size();
    if (columns_[i].align == Align::right) out << space;
    out << coloured(terminal, cells[i].colour, text);
    if (columns_[i].align == Align::left && !is_last) out << space;
    out << (is_last ? "\n" : std::string(gap, ' '));
  }
}

void Table::print(std::ostream& out, const Terminal& terminal) const {
  const auto all = widths(terminal);
  std::vector<Cell> titles;
  for (const auto& column : columns_) titles.push_back({.text = column.title, .colour = Colour::bold});
  print_row(out, terminal, titles, all);
  for (const auto& row : rows_) print_row(out, terminal, row, all);
}

}  // namespace orc
