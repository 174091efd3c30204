#pragma once

#include <chrono>
#include <string>

#include "adapters/cli/client_context.h"
#include "adapters/cli/table.h"
#include "adapters/json/json_value.h"

namespace orc {

// How jobs of the API's answers are shown to a person.

bool has_ended(std::string_view status);
Colour colour_of_status(std::string_view status);

// "1.25 s" between two times of an answer; "" if one is missing.
std::string duration_between(std::string_view from, std::string_view to);
// "2026-01-31 12:00:00Z" of one of the API's times, which are in UTC.
std::string short_time(std::string_view time);

// "1 byte", "12 bytes", of a number of an answer.
std::string words_of_bytes(std::string_view count);

// The command that says why a job does not run yet.
inline std::string how_to_ask_why(std::string_view id) { return "orc job why " + std::string(id); }

// How far a job is by its own words: "50 %  half done"; "" if it does not tell.
std::string words_of_progress(JsonValue job);

// "job 7 processing 3 s  50 %  half done", for who waits for it.
std::string words_of_job_under_way(JsonValue job, std::chrono::seconds waited);

// The jobs of an array, one row each.
Table table_of_jobs(JsonValue items);

// One job, a line for each field.
void print_job(ClientContext& context, JsonValue job);

// Below it: what its last attempt took, of the answer to /attempts, and what it left, of the answer to /artifacts.
void print_attempt(ClientContext& context, JsonValue attempts, JsonValue artifacts);

// All of its attempts, if there was more than one: how each ended and what it took, a row each; of the answer to /attempts.
void print_attempts(ClientContext& context, JsonValue attempts);

// What became of its callbacks, of the answer to /deliveries.
void print_deliveries(ClientContext& context, JsonValue deliveries);

}  // namespace orc
