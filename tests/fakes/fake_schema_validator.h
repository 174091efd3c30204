#pragma once

#include <functional>
#include <string>

#include "ports/schema_validator.h"

namespace orc {

// FakeSchemaValidator knows one rule: a document fits if it contains the schema's text. A schema that says "broken" is none.
class FakeSchemaValidator final : public SchemaValidator {
 public:
  Async<void> check_schema(std::string_view schema) override {
    if (busy) co_return fail(ErrorCode::resource_exhausted, "too many schemas are waiting");
    if (schema.contains("broken")) co_return fail(ErrorCode::invalid_argument, "/: not a schema");
    co_return Result<void>{};
  }

  Async<void> validate(const std::optional<std::string>& schema, std::string_view document) override {
    ++validated;
    if (busy) co_return fail(ErrorCode::resource_exhausted, "too many checks are waiting");
    if (too_many_steps) co_return fail(ErrorCode::invalid_argument, "as a whole: the check took too many steps");
    if (!document.starts_with('{')) co_return fail(ErrorCode::invalid_argument, "is no JSON document");
    if (schema && !document.contains(*schema)) co_return fail(ErrorCode::invalid_argument, "/: does not contain " + *schema);
    co_return Result<void>{};
  }

  boost::asio::awaitable<std::expected<void, SchemaMisfit>> validate_all(std::vector<SchemaCheck> checks) override {
    if (meanwhile) meanwhile();
    for (std::size_t i = 0; i < checks.size(); ++i) {
      const auto fits = co_await validate(std::string(checks[i].schema), checks[i].document);
      if (!fits) co_return std::unexpected(SchemaMisfit{.index = i, .error = fits.error()});
    }
    co_return std::expected<void, SchemaMisfit>{};
  }

  bool busy = false;            // everything answers resource_exhausted
  bool too_many_steps = false;  // no document fits
  int validated = 0;
  std::function<void()> meanwhile;  // what else happens in the world during a validate_all()
};

}  // namespace orc
