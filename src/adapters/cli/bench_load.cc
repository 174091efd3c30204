#include "adapters/cli/bench_load.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "adapters/cli/bench_reply.h"

namespace orc {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Steps = asio::awaitable<void>;

// All connections of one run. One thread.
class Load {
 public:
  explicit Load(const LoadPlan& plan) : plan_(plan) {}

  Result<LoadFigures> run() {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(plan_.host == "localhost" ? "127.0.0.1" : plan_.host, error);
    if (error) return fail(ErrorCode::invalid_argument, "the load generator needs a numeric address, not " + plan_.host);
    const asio::ip::tcp::endpoint server(address, plan_.port);
    started_ = Clock::now();
    ends_ = started_ + plan_.duration;
    for (int i = 0; i < plan_.connections; ++i) asio::co_spawn(loop_, connection(server), [](std::exception_ptr) {});
    loop_.run();
    if (broken_) return std::unexpected(*broken_);
    figures_.seconds = std::chrono::duration<double>(last_answer_ - started_).count();
    std::ranges::sort(figures_.latencies_us);
    return std::move(figures_);
  }

 private:
  Steps connection(asio::ip::tcp::endpoint server) {
    asio::ip::tcp::socket socket(loop_);
    asio::steady_timer timetable(loop_);
    boost::system::error_code error;
    auto noted = asio::redirect_error(asio::use_awaitable, error);
    co_await socket.async_connect(server, noted);
    if (!error) socket.set_option(asio::ip::tcp::no_delay(true), error);
    std::string buffer;
    buffer.reserve(256 * 1024);
    while (!error) {
      const auto due = next_moment();
      if (due >= ends_) co_return;
      if (due > Clock::now()) {
        timetable.expires_at(due);
        co_await timetable.async_wait(noted);
      }
      const auto from = plan_.rate > 0 ? due : Clock::now();
      const std::string& request = plan_.requests[sent_++ % plan_.requests.size()];
      co_await asio::async_write(socket, asio::buffer(request), noted);
      std::optional<BenchReply> reply;
      buffer.clear();
      while (!error && !(reply = scan_bench_reply(buffer))) {
        const auto before = buffer.size();
        buffer.resize(before + 64 * 1024);
        const auto got = co_await socket.async_read_some(asio::buffer(buffer.data() + before, buffer.size() - before), noted);
        buffer.resize(before + got);
      }
      if (!reply) continue;
      note(*reply, from);
      if (figures_.refusals == 1 && !figures_.first_refusal)
        figures_.first_refusal = {.status = reply->status, .body = buffer.substr(0, reply->size).substr(reply->head_size)};
    }
    if (!broken_) broken_ = Error{ErrorCode::unavailable, "a connection of the load broke: " + error.message()};
    loop_.stop();
  }

  // When the next request is due: now, or on the timetable.
  Clock::time_point next_moment() {
    if (plan_.rate <= 0) return Clock::now();
    const std::chrono::duration<double> after(static_cast<double>(scheduled_++) / plan_.rate);
    return started_ + std::chrono::duration_cast<Clock::duration>(after);
  }

  void note(const BenchReply& reply, Clock::time_point from) {
    last_answer_ = Clock::now();
    ++(reply.status >= 200 && reply.status < 300 ? figures_.answers : figures_.refusals);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(last_answer_ - from).count();
    figures_.latencies_us.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(took, 0, UINT32_MAX)));
  }

  const LoadPlan& plan_;
  asio::io_context loop_{1};
  Clock::time_point started_;
  Clock::time_point ends_;
  Clock::time_point last_answer_;
  std::uint64_t scheduled_ = 0;
  std::uint64_t sent_ = 0;
  LoadFigures figures_;
  std::optional<Error> broken_;
};

}  // namespace

double LoadFigures::percentile_ms(double share) const {
  if (latencies_us.empty()) return 0;
  const auto last = static_cast<double>(latencies_us.size() - 1);
  return static_cast<double>(latencies_us[static_cast<std::size_t>(share * last + 0.5)]) / 1000;
}

Result<LoadFigures> run_load(const LoadPlan& plan) { return Load(plan).run(); }

}  // namespace orc
