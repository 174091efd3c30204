#include "adapters/docker/inside_stream.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace orc {
namespace {

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8) text += static_cast<char>(value & 0xFF);  // this host's order, on all that we build for
  return text;
}

std::string frame(char kind, const std::string& bytes) {
  return number(static_cast<unsigned char>(kind), 4) + number(bytes.size(), 4) + bytes;
}

std::string end_frame(std::uint64_t code) { return frame('e', number(code, 8) + number(1500, 8) + number(4096, 8) + number(1, 8)); }

std::string left_file(const std::string& name, const std::string& bytes) {
  return number(bytes.size(), 8) + number(name.size(), 8) + name + bytes;
}

struct Heard {
  std::string output;
  std::vector<Progress> progress;
  std::vector<std::string> files;
  Result<void> read;
  std::optional<InsideEnd> end;
};

Heard hear(const std::string& bytes, std::size_t step) {
  Heard heard;
  boost::asio::io_context io;
  InsideStream stream(
      io.get_executor(), [&](std::string_view output) { heard.output += output; },
      [&](const Progress& progress) { heard.progress.push_back(progress); });
  for (std::size_t at = 0; at < bytes.size() && heard.read; at += step) {
    heard.read = stream.add(std::string_view(bytes).substr(at, step), SteadyTime{});
    while (const auto file = stream.next_file()) heard.files.push_back(file->name + "=" + file->bytes);
  }
  stream.finish();
  heard.end = stream.end();
  return heard;
}

TEST(InsideStream, parts_output_progress_end_and_files_however_the_bytes_come) {
  const std::string bytes = frame('o', "{\"a\"") + frame('p', "{\"progress\": 0.5}\n{\"prog") + frame('o', ":1}") +
                            frame('p', "ress\": 0.75}\n") + end_frame(137) + frame('c', "") + "b" + left_file("x.txt", "one") +
                            left_file("empty", "") + number(2, 8) + std::string(8, '\xFF') + number(4096, 8);
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const Heard heard = hear(bytes, step);
    ASSERT_TRUE(heard.read) << heard.read.error().message;
    EXPECT_EQ(heard.output, "{\"a\":1}");
    ASSERT_EQ(heard.progress.size(), 2U) << step;
    EXPECT_EQ(heard.progress[1].fraction, 0.75);
    EXPECT_EQ(heard.files, (std::vector<std::string>{"x.txt=one", "empty="}));
    ASSERT_TRUE(heard.end);
    EXPECT_EQ(heard.end->exit_code, 137);
    EXPECT_EQ(heard.end->cpu.count(), 1500);
    EXPECT_EQ(heard.end->peak_bytes, 4096);
    EXPECT_TRUE(heard.end->ran_out_of_memory);
  }
}

TEST(InsideStream, tells_once_that_there_was_progress) {
  boost::asio::io_context io;
  InsideStream stream(io.get_executor(), [](std::string_view) {}, [](const Progress&) {});
  ASSERT_TRUE(stream.add(frame('o', "{}"), {}));
  EXPECT_FALSE(stream.take_brought_progress());
  ASSERT_TRUE(stream.add(frame('p', "no line of progress"), {}));
  EXPECT_TRUE(stream.take_brought_progress());
  EXPECT_FALSE(stream.take_brought_progress());
}

TEST(InsideStream, refuses_what_orc_launch_never_writes) {
  for (const std::string& bytes : {std::string("a shell's words, say"), frame('x', ""), number('o', 4) + number(1 << 20, 4), frame('c', ""),
                                   frame('e', "short"), end_frame(0) + end_frame(0), end_frame(0) + frame('o', "late"), end_frame(256)}) {
    const Heard heard = hear(bytes, 3);
    ASSERT_FALSE(heard.read) << bytes;
    EXPECT_EQ(heard.read.error().code, ErrorCode::unavailable);
  }
}

}  // namespace
}  // namespace orc
