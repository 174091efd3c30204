#include "domain/fault_list.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

FieldFault unreadable(FieldPlace place) { return {.loc = std::move(place), .msg = "unreadable", .type = "string_type"}; }

TEST(FaultList, a_place_is_read_unless_a_fault_stands_at_it_in_it_or_at_its_whole) {
  const FaultList faults({unreadable({"limits", "pids"}), unreadable({"command", 1}), unreadable({"env"})});
  const std::pair<FieldPlace, bool> cases[] = {
      {{"limits", "pids"}, false}, {{"limits"}, false},    {{"limits", "cpus"}, true},
      {{"command", 1}, false},     {{"command", 2}, true}, {{"command", "1"}, true},
      {{"env", "A"}, false},       {{"retry"}, true},      {{}, false},
  };
  for (std::size_t i = 0; i < std::size(cases); ++i) EXPECT_EQ(faults.is_read(cases[i].first), cases[i].second) << i;
  EXPECT_TRUE(FaultList({}).is_read({}));
  EXPECT_FALSE(FaultList({unreadable({})}).is_read({"name"})) << "nothing of an unreadable whole was read";
}

TEST(FaultList, what_was_not_read_is_not_judged_and_the_rest_stands_in_the_order_found) {
  FaultList faults({unreadable({"name"})});
  faults.add({"name"}, "is taken");
  faults.add({"version"}, "one");
  faults.add({"version"}, "two");
  faults.add({"description"}, "three");
  EXPECT_EQ(std::move(faults).take(), (std::vector<FieldFault>{unreadable({"name"}),
                                                               {.loc = {"version"}, .msg = "one", .type = "value_error"},
                                                               {.loc = {"version"}, .msg = "two", .type = "value_error"},
                                                               {.loc = {"description"}, .msg = "three", .type = "value_error"}}));
}

}  // namespace
}  // namespace orc
