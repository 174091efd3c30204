#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace orc {

// Every bound of the gRPC server. What is above one gets the answer named beside it.
struct GrpcLimits {
  // Open connections; one more is closed at once. start() lowers it to what RLIMIT_NOFILE leaves room for.
  std::size_t connections_max = 2'000;
  std::uint32_t calls_per_connection_max = 128;  // open at once; told to the client, which waits. Beyond it: REFUSED_STREAM
  std::size_t handlers_max = 10'000;             // running at once on all connections, given up ones included: RESOURCE_EXHAUSTED
  std::size_t streaming_calls_max = 1'000;       // calls that may last for ever, on all connections: RESOURCE_EXHAUSTED

  std::size_t metadata_max = 16 * 1024;       // names and values with 32 bytes for each: RESOURCE_EXHAUSTED
  std::size_t metadata_cut_factor = 4;        // so many times that: GOAWAY
  std::size_t message_max = 4 * 1024 * 1024;  // of a request, unpacked, as gRPC's own default: RESOURCE_EXHAUSTED
  std::size_t answer_max = 64 * 1024 * 1024;  // of one message that is sent: RESOURCE_EXHAUSTED
  std::size_t unsent_max = 256 * 1024;        // messages of a stream that its client does not take: its handler waits
  std::size_t compressed_min = 1024;          // smaller answers are sent as they are
  std::size_t small_answer_max = 4 * 1024;    // what the budget grants in any case

  // Frames that bring no work (resets, pings, settings, priorities, window updates, empty ones): a bucket. When it is empty: GOAWAY
  // ENHANCE_YOUR_CALM. Work fills it again, so that who calls much may also cancel and ping much.
  std::uint32_t idle_frames_max = 2'000;
  std::uint32_t idle_frames_per_second = 100;
  std::size_t outbound_frames_max = 4'000;  // that wait to be written: GOAWAY ENHANCE_YOUR_CALM

  std::uint64_t held_bytes_max = 64 * 1024 * 1024;  // for the ByteBudget: messages of all connections together
  std::uint64_t held_bytes_allowance = 64 * 1024;   // what each connection holds without asking

  // Times are judged by one sweep, so a cut comes up to `sweep_every` late; deadlines of calls are met exactly.
  std::chrono::milliseconds sweep_every{1'000};
  std::chrono::milliseconds greeting_max{15'000};       // TLS and the HTTP/2 preface: closed
  std::chrono::milliseconds idle_max{300'000};          // no call open: GOAWAY without an error
  std::chrono::milliseconds request_pause_max{30'000};  // a request that does not come on: DEADLINE_EXCEEDED
  std::chrono::milliseconds request_time_max{300'000};  // from its head to its end, of a call of one message: DEADLINE_EXCEEDED
  std::chrono::milliseconds reader_pause_max{30'000};   // an answer that is not taken: the call, or the connection, is cut
  std::chrono::milliseconds silence_max{120'000};       // open calls and not a byte: a ping; not answered in reader_pause_max: closed
  std::chrono::milliseconds stop_grace{100};            // once the server stops: calls that are under way to us are still taken
  std::chrono::milliseconds linger_max{2'000};          // after GOAWAY, for the client to read it before the socket goes
  std::chrono::hours timeout_max{24};                   // what a longer grpc-timeout becomes
};

}  // namespace orc
