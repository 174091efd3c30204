#pragma once

#include <string>
#include <string_view>

#include "adapters/json/json_value.h"
#include "adapters/json/json_writer.h"
#include "domain/deliberation/deliberation.h"

namespace orc {

// What a store keeps of a deliberation as JSON text, beside its columns. Each is read back as the same value.

// By the names of the gRPC contract.
void write_request(JsonWriter& json, const DeliberationRequest& request);
// Errors: internal, if the text is none that was written here.
Result<DeliberationRequest> request_from_text(std::string_view text);

void write_result(JsonWriter& json, const DeliberationResult& result);

void write_end(JsonWriter& json, const DeliberationEnd& end);
// Errors: as above.
Result<DeliberationEnd> end_from_text(std::string_view text);

// The plan and its preset.
std::string plan_text(const DeliberationPlan& plan);
Result<DeliberationPlan> plan_from_text(std::string_view preset, std::string_view text);

// A row of a store's table, its columns as they were read.
struct DeliberationColumns {
  std::string id;
  std::optional<UserId> owner;
  std::string preset;
  std::string_view request;
  std::string_view plan;
  std::optional<std::string_view> outcome;
  Timestamp created_at{};
  std::optional<Timestamp> ended_at;
  Spending spent;
  bool has_begun = false;
};
// Errors: internal, if a text is none that was written here.
Result<Deliberation> deliberation_from(DeliberationColumns columns);

std::string request_text(const DeliberationRequest& request);
std::string end_text(const DeliberationEnd& end);

}  // namespace orc
