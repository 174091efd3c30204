#include "adapters/cli/bench_load.h"

#include <gtest/gtest.h>

#include "adapters/cli/bench_reply.h"
#include "adapters/cli/bench_scenario.h"

namespace orc {
namespace {

TEST(BenchReply, a_reply_is_complete_with_its_last_byte) {
  const std::string reply = "HTTP/1.1 202 Accepted\r\nDate: x\r\nContent-Length: 5\r\n\r\nhello";
  for (std::size_t size = 0; size < reply.size(); ++size) EXPECT_FALSE(scan_bench_reply(reply.substr(0, size))) << size;
  const auto scanned = scan_bench_reply(reply + "HTTP/1.1");
  ASSERT_TRUE(scanned);
  EXPECT_EQ(scanned->status, 202);
  EXPECT_EQ(scanned->size, reply.size());
  EXPECT_EQ(scan_bench_reply("HTTP/1.1 204 No Content\r\n\r\n")->size, 27U);
  EXPECT_EQ(scan_bench_reply("HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\nok")->status, 200);
}

TEST(LoadFigures, percentiles_are_of_the_sorted_latencies) {
  LoadFigures figures;
  EXPECT_EQ(figures.percentile_ms(0.99), 0);
  for (std::uint32_t i = 1; i <= 101; ++i) figures.latencies_us.push_back(i * 1000);
  EXPECT_DOUBLE_EQ(figures.percentile_ms(0), 1);
  EXPECT_DOUBLE_EQ(figures.percentile_ms(0.5), 51);
  EXPECT_DOUBLE_EQ(figures.percentile_ms(0.99), 100);
  EXPECT_DOUBLE_EQ(figures.percentile_ms(1), 101);
}

TEST(LoadPlan, nobody_there_is_an_error) {
  const auto figures = run_load({.host = "127.0.0.1", .port = 1, .requests = {"x"}, .connections = 2});
  ASSERT_FALSE(figures);
  EXPECT_EQ(figures.error().code, ErrorCode::unavailable);
  EXPECT_EQ(run_load({.host = "example.com", .port = 1, .requests = {"x"}}).error().code, ErrorCode::invalid_argument);
}

TEST(HostAndPort, plain_origins_are_taken_apart) {
  EXPECT_EQ(host_and_port("http://127.0.0.1:5900")->port, 5900);
  EXPECT_EQ(host_and_port("http://[::1]:80")->host, "::1");
  EXPECT_EQ(host_and_port("http://localhost")->port, 80);
  for (const auto* url : {"https://x:1", "http://", "http://x:99999", "http://x:1/prefix", ""}) EXPECT_FALSE(host_and_port(url)) << url;
}

}  // namespace
}  // namespace orc
