#include "adapters/cli/table.h"

#include <gtest/gtest.h>
#include <sstream>

namespace orc {
namespace {

std::string printed(const Table& table, const Terminal& terminal) {
  std::ostringstream out;
  table.print(out, terminal);
  return out.str();
}

Table sample() {
  Table table({{.title = "ID", .align = Align::right}, {.title = "NAME", .width = Column::Width::may_shrink}, {.title = "END"}});
  table.add({{"7"}, {"größe-ist-ein-langes-wort-das-nicht-passt"}, {"x"}});
  table.add({{"12345"}, {"a\x1b[31m\nb"}, {"y", Colour::green}});
  return table;
}

TEST(Table, columns_are_aligned_by_code_points_and_nothing_is_cut_outside_a_terminal) {
  EXPECT_EQ(printed(sample(), {.width = 20}),
            "   ID  NAME                                       END\n"
            "    7  größe-ist-ein-langes-wort-das-nicht-passt  x\n"
            "12345  a·[31m b                                   y\n");
}

TEST(Table, on_a_narrow_terminal_columns_that_may_shrink_give_way) {
  EXPECT_EQ(printed(sample(), {.out_is_terminal = true, .width = 24}),
            "   ID  NAME          END\n"
            "    7  größe-ist-e…  x\n"
            "12345  a·[31m b      y\n");
}

TEST(Table, colours_are_for_terminals_that_have_them) {
  Table table({{.title = "A"}});
  table.add({{"x", Colour::green}});
  EXPECT_EQ(printed(table, {}), "A\nx\n");
  EXPECT_EQ(printed(table, {.out_is_terminal = true, .has_colours = true}), "\x1b[1mA\x1b[0m\n\x1b[32mx\x1b[0m\n");
}

TEST(Terminal, what_a_terminal_would_obey_is_shown_harmless) {
  EXPECT_EQ(printable("a\tb\x7f\xc2\x9b"
                      "c\xff"
                      "d\ne"),
            "a·b··c\xef\xbf\xbd"
            "d e");
  EXPECT_EQ(cut_to("größe", 5), "größe");
  EXPECT_EQ(cut_to("größe", 4), "grö…");
  EXPECT_EQ(cut_to("größe", 0), "");
}

TEST(Terminal, no_color_and_dumb_terminals_are_honoured) {
  const auto terminal = look_at_terminal([](const char* name) -> std::optional<std::string> {
    return std::string(name) == "COLUMNS" ? std::optional<std::string>("5") : std::optional<std::string>("1");
  });
  EXPECT_FALSE(terminal.has_colours);
  EXPECT_GE(terminal.width, 40U);
}

}  // namespace
}  // namespace orc
