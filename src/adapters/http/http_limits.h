#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace orc {

// Every bound of the HTTP server. What is above one gets the answer named beside it.
struct HttpServerLimits {
  // Open connections; one more gets 503 and is closed. start() lowers it to what RLIMIT_NOFILE leaves room for.
  std::size_t connections_max = 10'000;
  std::size_t requests_per_connection_max = 1'000'000;  // the last one is answered with `Connection: close`

  std::size_t request_line_max = 8 * 1024;   // 414; RFC 9112 section 3 recommends at least 8000
  std::size_t header_block_max = 32 * 1024;  // request line and fields: 431
  std::size_t header_count_max = 100;        // 431
  std::size_t query_parameters_max = 100;    // 400

  // Of chunked bodies: 400. Bodies as such are bounded by BodyRule: 413.
  std::size_t chunk_extension_max = 1024;       // the line that holds a chunk's size
  std::size_t chunk_overhead_max = 256 * 1024;  // all such lines of one body together
  std::size_t trailer_max = 4 * 1024;           // all trailer fields, which are read and dropped

  std::size_t pipelined_bytes_max = 64 * 1024;  // answers that are gathered before they are written

  // For the ByteBudget: what bodies that come and answers that go may hold in memory, over all connections. A body for which nothing is
  // left gets 503, before it is read or where it cannot grow, and so does the answer to a GET. The allowance is what each connection holds
  // without asking: with connections_max 160 MiB beside the budget.
  std::uint64_t held_bytes_max = 256 * 1024 * 1024;
  std::uint64_t held_bytes_allowance = 16 * 1024;

  // Times are judged by one sweep, so a cut comes up to `sweep_every` late.
  std::chrono::milliseconds sweep_every{1'000};
  std::chrono::milliseconds idle_max{60'000};         // between requests: closed
  std::chrono::milliseconds stop_idle_grace{100};     // once the server stops: closed
  std::chrono::milliseconds stop_fresh_grace{1'000};  // likewise, before the first request, for which a client connected
  std::chrono::milliseconds header_max{15'000};       // first byte to complete header block: 408
  // A body, and an answer that is being written, has this long plus its bytes so far divided by transfer_rate_min: 408, or a cut.
  std::chrono::milliseconds transfer_grace{30'000};
  std::uint64_t transfer_rate_min = 8 * 1024;         // bytes per second
  std::chrono::milliseconds linger_max{2'000};        // after a refusal, for the client to read it before the socket goes
  std::uint64_t linger_bytes_max = 16 * 1024 * 1024;  // what is read and dropped meanwhile
};

}  // namespace orc
