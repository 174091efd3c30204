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
  EXPECT_EQ(printable("a\u202edcb\u2066x\u2028"), "a·dcb·x·");
  EXPECT_EQ(cut_to("größe", 5), "größe");
  EXPECT_EQ(cut_to("größe", 4), "grö…");
  EXPECT_EQ(cut_to("größe", 0), "");
}

TEST(Terminal, a_line_of_a_log_has_its_colours_and_what_was_written_over_it_last) {
  const struct {
    const char* text;
    const char* with_colours;
    const char* without;
  } cases[] = {
      {"plain", "plain", "plain"},
      {"10 %\r50 %\rdone", "done", "done"},
      {"done\r", "done", "done"},
      {"10 %\r50 %\r\r", "50 %", "50 %"},
      {"\r", "", ""},
      {"\x1b[31mred\x1b[0m plain", "\x1b[31mred\x1b[0m plain\x1b[0m", "red plain"},
      {"\x1b[1;38;5;208mx", "\x1b[1;38;5;208mx\x1b[0m", "x"},
      {"\x1b[mx", "\x1b[mx\x1b[0m", "x"},
      {"\x1b[32mgone\rstays", "stays", "stays"},
      {"\x1b[2Jx", "·[2Jx", "·[2Jx"},                                   // clears the screen
      {"\x1b[10;20Hx", "·[10;20Hx", "·[10;20Hx"},                       // moves the cursor
      {"\x1b[?25lx", "·[?25lx", "·[?25lx"},                             // a private mode
      {"\x1b[>4;1mx", "·[>4;1mx", "·[>4;1mx"},                          // a setting of the keyboard, which ends with m too
      {"\x1b[3\x1b[2Jx", "·[3·[2Jx", "·[3·[2Jx"},                       // one within another
      {"\x1b[31\x07mx", "·[31·mx", "·[31·mx"},                          // a control within one
      {"\x1b]0;title\x07x", "·]0;title·x", "·]0;title·x"},              // the window's title
      {"\x1b]52;c;eA==\x1b\\x", "·]52;c;eA==·\\x", "·]52;c;eA==·\\x"},  // the clipboard
      {"\x1bP1$r0m\x1b\\x", "·P1$r0m·\\x", "·P1$r0m·\\x"},              // a string for the device
      {"\x1b"
       "cx",
       "·cx", "·cx"},  // a reset
      {"\xc2\x9b"
       "31mx",
       "·31mx", "·31mx"},  // a control of one byte in Latin-1
      {"\x1b", "·", "·"},
      {"\x1b[", "·[", "·["},
      {"\x1b[31", "·[31", "·[31"},
      {"a\tb\bc\x07", "a·b·c·", "a·b·c·"},
      {"\xff\x1b[31m\xff", "\xef\xbf\xbd\x1b[31m\xef\xbf\xbd\x1b[0m", "\xef\xbf\xbd\xef\xbf\xbd"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(printable_log_line({.out_is_terminal = true, .has_colours = true}, one.text), one.with_colours) << printable(one.text);
    EXPECT_EQ(printable_log_line({.out_is_terminal = true}, one.text), one.without) << printable(one.text);
  }
  const std::string endless = "\x1b[" + std::string(1000, '1') + "mx";
  EXPECT_FALSE(printable_log_line({.has_colours = true}, endless).contains('\x1b'));
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
