#pragma once

#include <string>

#include "ports/schema_validator.h"

namespace orc {

// FakeSchemaValidator knows one rule: a document fits if it contains the schema's text. A schema that says "broken" is none.
class FakeSchemaValidator final : public SchemaValidator {
 public:
  Async<void> check_schema(std::string_view schema) override {
    if (schema.contains("broken")) co_return fail(ErrorCode::invalid_argument, "/: not a schema");
    co_return Result<void>{};
  }

  Async<void> validate(const std::optional<std::string>& schema, std::string_view document) override {
    ++validated;
    if (too_many_steps) co_return fail(ErrorCode::resource_exhausted, "the check took too many steps");
    if (!document.starts_with('{')) co_return fail(ErrorCode::invalid_argument, "is no JSON document");
    if (schema && !document.contains(*schema)) co_return fail(ErrorCode::invalid_argument, "/: does not contain " + *schema);
    co_return Result<void>{};
  }

  bool too_many_steps = false;  // every validate() answers resource_exhausted
  int validated = 0;
};

}  // namespace orc
