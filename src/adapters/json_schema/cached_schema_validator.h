#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "adapters/json_schema/json_schema.h"
#include "adapters/system/work_pool.h"
#include "ports/schema_validator.h"

namespace orc {

struct SchemaValidatorLimits {
  std::size_t schemas_max = 256;
  std::size_t bytes_max = std::size_t{64} << 20;  // by CompiledSchema::memory_bytes(); the newest is kept whatever its size
  // What the documents of one call may cost together, in steps of CheckLimits: a second or two, and enough for 16 MiB of numbers.
  std::uint64_t steps_together_max = 100'000'000;
};

// CachedSchemaValidator is the SchemaValidator of this project's own JSON Schema (docs/decisions/json_schema.md). It keeps the compiled
// schemas that were used last, by their text. What a small document costs is done at once; compiling, long or many documents and checks
// that turn out long go to the pool, in turns that are bounded by documents, bytes and steps, so that others' come in between. Thread-safe.
// Borrows the pool, which must end first.
class CachedSchemaValidator final : public SchemaValidator {
 public:
  CachedSchemaValidator(WorkPool& pool, const SchemaValidatorLimits& limits);

  Async<void> check_schema(std::string_view schema) override;
  Async<void> validate(const std::optional<std::string>& schema, std::string_view document) override;
  boost::asio::awaitable<std::expected<void, SchemaMisfit>> validate_all(std::vector<SchemaCheck> checks) override;

  // Since the start: how often a compiled schema was found, and how often it had to be compiled.
  struct Counts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::size_t schemas = 0;  // kept now
    std::size_t bytes = 0;
  };
  Counts counts() const;

 private:
  using Schema = std::shared_ptr<const CompiledSchema>;
  class Documents;
  struct Entry {
    std::string text;
    Schema schema;
    std::size_t bytes;
  };

  Schema find(std::string_view text);
  void keep(std::string_view text, const Schema& schema);
  Async<Schema> compiled(std::string_view text);

  WorkPool& pool_;
  const SchemaValidatorLimits limits_;
  const SchemaCompiler compiler_;

  mutable std::mutex mutex_;
  std::list<Entry> entries_;                                                  // guarded by mutex_; used last in front
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;  // guarded by mutex_; views of the entries' texts
  Counts counts_;                                                             // guarded by mutex_
};

}  // namespace orc
