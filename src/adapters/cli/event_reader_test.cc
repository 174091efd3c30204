#include "adapters/cli/event_reader.h"

#include <gtest/gtest.h>
#include <vector>

namespace orc {
namespace {

std::vector<std::string> events_of(const std::vector<std::string>& pieces) {
  EventReader reader;
  std::vector<std::string> events;
  for (const std::string& piece : pieces)
    reader.add(piece, [&](const ServerEvent& event) { events.push_back(event.id + "|" + event.kind + "|" + event.data); });
  return events;
}

TEST(EventReader, events_are_read_however_their_bytes_come) {
  const std::string text =
      "retry: 1000\n\n: a comment\n\nid: 7\nevent: line\ndata: {\"n\": 7}\n\ndata:a\ndata: b\n\nevent: empty\n\nid: 8\ndata: half";
  const std::vector<std::string> expected = {"7|line|{\"n\": 7}", "|message|a\nb"};
  EXPECT_EQ(events_of({text}), expected);
  std::vector<std::string> bytes;
  for (const char byte : text) bytes.emplace_back(1, byte);
  EXPECT_EQ(events_of(bytes), expected);
}

TEST(EventReader, an_event_that_is_too_long_is_dropped_and_the_next_one_is_not) {
  const std::string line = "data: " + std::string(EventReader::event_bytes_max / 2, 'x') + "\n";
  EXPECT_EQ(events_of({line, line, line, "\n", "data: next\n\n"}), std::vector<std::string>{"|message|next"});
  EXPECT_EQ(events_of({"data: " + std::string(2 * EventReader::event_bytes_max, 'x') + "\n\n", "data: next\n\n"}),
            std::vector<std::string>{"|message|next"});
}

}  // namespace
}  // namespace orc
