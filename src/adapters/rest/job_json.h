#pragma once

#include <string>

#include "adapters/json/json_writer.h"
#include "domain/callback/callback.h"
#include "domain/job/attempt.h"
#include "domain/job/job.h"
#include "ports/job_reader.h"

namespace orc {

// A job as every answer shows it: the ten fields of contract section 1, then ours. `input_data` and `result` are the bytes that came.
// Precondition: the payloads hold their bytes.
void write_job(JsonWriter& json, const Job& job);
std::string job_text(const Job& job);
// About how long that becomes.
std::size_t text_size_of(const Job& job);

void write_attempt(JsonWriter& json, const Attempt& attempt);
void write_delivery(JsonWriter& json, const CallbackDelivery& delivery);
void write_log_line(JsonWriter& json, const LogLine& line);
void write_artifact(JsonWriter& json, const Artifact& artifact);
std::size_t text_size_of(const LogLine& line);
void write_dead_letter(JsonWriter& json, const DeadLetter& letter);

// A time, or null.
void write_time(JsonWriter& json, std::string_view name, const std::optional<Timestamp>& time);

}  // namespace orc
