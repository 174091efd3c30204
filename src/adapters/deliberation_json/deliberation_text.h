#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/json/json_value.h"
#include "adapters/json/json_writer.h"
#include "domain/deliberation/deliberation.h"

namespace orc {

// What a store keeps of a deliberation as JSON text, beside its columns. Each is read back as the same value.

// How much is written of long texts (domain/deliberation/listed_text.h). "truncated" stands beside one that was cut.
enum class Texts : std::uint8_t {
  whole,
  listed,          // as lists show them
  kept_for_lists,  // a character more than that, so that who reads them back sees which are longer than lists show
};

// TextBound cuts the texts of one kind, at whole characters.
class TextBound {
 public:
  // `count`: how many there are.
  TextBound(Texts texts, std::size_t count);

  std::string_view operator()(std::string_view text);
  // Whether one was longer, since the last call of this.
  bool has_cut() { return std::exchange(has_cut_, false); }

 private:
  const std::size_t bytes_max_;
  bool has_cut_ = false;
};

// By the names of the gRPC contract.
void write_request(JsonWriter& json, const DeliberationRequest& request, Texts texts);
// Errors: internal, if the text is none that was written here.
Result<DeliberationRequest> request_from_text(std::string_view text);

void write_result(JsonWriter& json, const DeliberationResult& result, TextBound bound);
// How many results stand in an end, one beside the other.
std::size_t results_of(const DeliberationEnd& end);

void write_end(JsonWriter& json, const DeliberationEnd& end, Texts texts);
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

// What is stored of either: lists read `listed` in place of the whole, where that is shorter.
struct StoredText {
  std::string whole;
  std::optional<std::string> listed;

  std::size_t listed_bytes() const { return listed ? listed->size() : whole.size(); }
};
StoredText stored_request(const DeliberationRequest& request);
StoredText stored_end(const DeliberationEnd& end);

}  // namespace orc
