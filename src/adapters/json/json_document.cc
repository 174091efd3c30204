#include "adapters/json/json_document.h"

#include "adapters/json/json_parser.h"
#include "domain/assert.h"

namespace orc {

Result<JsonDocument> JsonDocument::parse(std::string_view text, const JsonLimits& limits) {
  JsonDocument document;
  if (auto parsed = document.assign(text, limits); !parsed) return pass_on(parsed);
  return document;
}

Result<void> JsonDocument::assign(std::string_view text, const JsonLimits& limits) {
  text_ = text;
  auto parsed = parse_json(text, limits, nodes_);
  if (!parsed) nodes_.clear();
  return parsed;
}

JsonValue JsonDocument::root() const {
  ORC_ASSERT(!nodes_.empty());
  return {nodes_.data(), text_.data()};
}

}  // namespace orc
