#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "domain/result.h"

namespace orc {

// What both ends of the worker protocol agree on (docs/worker_protocol.md): version 1, every path under worker_api_path.
inline constexpr int worker_protocol = 1;
inline constexpr std::string_view worker_api_path = "/api/v1/worker/v1";

// The server refuses what is above these; a worker never sends it.
inline constexpr std::int64_t worker_slots_max = 10'000;
inline constexpr std::size_t worker_name_length_max = 200;
inline constexpr std::size_t held_runs_max = 20'000;         // of one beat
inline constexpr std::int64_t claimed_runs_max = 1000;       // of one claim
inline constexpr std::size_t handed_in_ends_max = 1000;      // of one finish
inline constexpr std::size_t handed_in_reports_max = 1000;   // of one report
inline constexpr std::size_t end_log_lines_max = 20'000;     // of one end or reported run
inline constexpr std::size_t inline_output_max = 16 * 1024;  // bytes; a longer output, or one that is no UTF-8, is uploaded as a blob
inline constexpr std::uint64_t finish_bytes_max = std::uint64_t{16} << 20;  // and of a report
inline constexpr std::uint64_t beat_bytes_max = std::uint64_t{1} << 20;
inline constexpr std::uint64_t output_blob_bytes_max = std::uint64_t{64} << 20;

inline constexpr std::string_view blob_prefix = "sha256:";  // of a blob's name

inline constexpr std::chrono::seconds claim_wait_max{30};
inline constexpr std::chrono::seconds beat_wait_max{3};

// The word of an error in an answer to finish, and back. Empty: a newer server's, to be taken as internal.
std::string_view to_word(ErrorCode code);
std::optional<ErrorCode> error_code_from_word(std::string_view word);

}  // namespace orc
