#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ports/async.h"

namespace orc {

// SchemaValidator holds documents against JSON Schemas (2020-12, draft-07). Thread-safe; bounded in time and memory for any input.
class SchemaValidator {
 public:
  virtual ~SchemaValidator() = default;

  // Errors: invalid_argument, naming the place in the schema and what is wrong with it: not JSON, not a schema, a remote reference,
  // a pattern that cannot be matched in linear time, too large.
  virtual Async<void> check_schema(std::string_view schema) = 0;

  // `schema` empty: any JSON document fits. Both texts need to live until the answer.
  // Errors: invalid_argument, naming the JSON pointer of the first place that does not fit and why, or saying that the document is no JSON;
  // resource_exhausted, if the step limit ended the check.
  virtual Async<void> validate(const std::optional<std::string>& schema, std::string_view document) = 0;
};

}  // namespace orc
