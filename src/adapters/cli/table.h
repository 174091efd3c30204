#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "adapters/cli/terminal.h"

namespace orc {

// A cell: any text, made printable when it is shown.
struct Cell {
  std::string text;
  Colour colour = Colour::none;
};

enum class Align : std::uint8_t { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
  enum class Width : std::uint8_t { whole, may_shrink } width = Width::whole;  // what gives way on a narrow terminal
};

// Table shows rows in aligned columns. On a terminal it is cut to the width, columns that may shrink first; elsewhere nothing is cut.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns.
  void add(std::vector<Cell> cells);
  bool is_empty() const { return rows_.empty(); }
  void print(std::ostream& out, const Terminal& terminal) const;

 private:
  std::vector<std::size_t> widths(const Terminal& terminal) const;
  void print_row(std::ostream& out, const Terminal& terminal, const std::vector<Cell>& cells, const std::vector<std::size_t>& widths) const;

  const std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace orc
