#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/async.h"

namespace orc {

// One document of several, and the schema that it has to fit. Both texts are borrowed.
struct SchemaCheck {
  std::string_view schema;
  std::string_view document;
};

// The first of several documents that could not be found to fit.
struct SchemaMisfit {
  std::size_t index;
  Error error;  // as of validate()
};

// SchemaValidator holds documents against JSON Schemas (2020-12, draft-07). Thread-safe; bounded in time and memory for any input.
class SchemaValidator {
 public:
  virtual ~SchemaValidator() = default;

  // Errors: invalid_argument, naming the place in the schema and what is wrong with it: not JSON, not a schema, a remote reference,
  // a pattern that cannot be matched in linear time, too large.
  virtual Async<void> check_schema(std::string_view schema) = 0;

  // `schema` empty: any JSON document fits. Both texts need to live until the answer.
  // Errors: invalid_argument, naming the JSON pointer of the first place that does not fit and why, or saying that the document is no JSON,
  // or that the check would take more work than any may: the same again would end the same way; resource_exhausted, if too many checks
  // wait: the same may work later; unavailable, if the service ends.
  virtual Async<void> validate(const std::optional<std::string>& schema, std::string_view document) = 0;

  // Holds any number of documents against their schemas, in their order up to the first that does not fit. The texts need to live until the
  // answer. The caller's thread is held no longer than by one small document, whatever their number and size. What all of them may cost
  // together is bounded too: the one at which that is used up does not fit.
  virtual boost::asio::awaitable<std::expected<void, SchemaMisfit>> validate_all(std::vector<SchemaCheck> checks) = 0;
};

}  // namespace orc
