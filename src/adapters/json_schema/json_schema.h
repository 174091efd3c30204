#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/json/json_document.h"
#include "domain/result.h"

namespace orc {

struct SchemaGraph;

// What one schema may cost when it is compiled. Beyond any of them it is refused as invalid_argument, with the limit in the message.
struct SchemaLimits {
  JsonLimits text{.bytes_max = std::size_t{256} << 10, .depth_max = 64, .nodes_max = 20'000};
  std::size_t subschemas_max = 10'000;
  // What the programs of all patterns and their caches may come to hold: 256 KiB each, 8 MiB for large ones such as ^.{1,255}$.
  std::size_t patterns_memory_max = std::size_t{64} << 20;
};

// What one check may cost. Beyond it the check is given up, never answered wrongly.
struct CheckLimits {
  // A step is one schema held against one value, one member looked at, or about as much work in a comparison or a pattern: 10 to 20 ns.
  // A pattern is not tried on a text when its worst case could cost more than 16 times the steps that are left.
  std::uint64_t steps_max = 4'000'000;
  // Schemas inside each other while one value is checked: bounds the stack.
  std::size_t depth_max = 1'000;
};

// How a check ended, and what it cost.
struct CheckReport {
  enum class End : std::uint8_t { fits, does_not_fit, too_many_steps, too_deep };
  End end = End::fits;
  std::string message;  // why it did not end as `fits`
  std::uint64_t steps = 0;
};

// CompiledSchema is one JSON Schema ready to hold documents against. Immutable after construction; any number of threads may use it.
// All keywords of 2020-12 and draft-07; `format` and content… are annotations; unknown keywords are ignored.
class CompiledSchema {
 public:
  explicit CompiledSchema(std::unique_ptr<const SchemaGraph> graph);
  ~CompiledSchema();
  CompiledSchema(const CompiledSchema&) = delete;
  CompiledSchema& operator=(const CompiledSchema&) = delete;

  // Holds `instance` against the schema. If it does not fit, the message is the JSON pointer of the first place that does not and why:
  // `/features/0: "x" is not of type number`; for the whole document the pointer's place is taken by "as a whole".
  CheckReport check(JsonValue instance, const CheckLimits& limits) const;

  // Whether `instance` fits. Errors: invalid_argument: it does not; resource_exhausted: a limit ended the check.
  Result<void> validate(JsonValue instance, const CheckLimits& limits = {}) const;
  // Parses first; a text that is no JSON is invalid_argument. `json` bounds the text.
  Result<void> validate_text(std::string_view instance, const JsonLimits& json = {}, const CheckLimits& limits = {}) const;

  // Memory it may come to hold, estimated: for whoever keeps many.
  std::size_t memory_bytes() const;

 private:
  const std::unique_ptr<const SchemaGraph> graph_;
};

// SchemaCompiler makes CompiledSchemas; it holds the meta-schemas that every schema is checked against first. Thread-safe.
class SchemaCompiler {
 public:
  // Compiles the meta-schemas: about a millisecond.
  explicit SchemaCompiler(const SchemaLimits& limits = {});
  ~SchemaCompiler();
  SchemaCompiler(const SchemaCompiler&) = delete;
  SchemaCompiler& operator=(const SchemaCompiler&) = delete;

  // The dialect is that of `$schema`: draft-07 or 2020-12, which an absent one means too.
  // Copies what it needs of the text. Nothing is ever fetched.
  // Errors: invalid_argument, naming the JSON pointer in the schema and the cause: no JSON, another dialect, no schema by its meta-schema,
  // a reference that leads out of the document (the two meta-schemas may be referred to), a reference that leads back to itself without
  // end, a pattern that cannot be matched in linear time, a limit. References and patterns that are refused are named all, up to 20.
  Result<std::shared_ptr<const CompiledSchema>> compile(std::string_view schema) const;

 private:
  Result<void> check_against_meta_schema(JsonValue schema, bool is_draft_07) const;

  const SchemaLimits limits_;
  std::unique_ptr<const CompiledSchema> meta_2020_12_;
  std::unique_ptr<const CompiledSchema> meta_draft_07_;
};

}  // namespace orc
