#include "adapters/json_schema/json_schema.h"

#include <utility>

#include "adapters/json_schema/meta_schemas.h"
#include "adapters/json_schema/schema_builder.h"
#include "adapters/json_schema/schema_check.h"
#include "adapters/json_schema/schema_fault_text.h"
#include "adapters/json_schema/schema_graph.h"
#include "domain/assert.h"

namespace orc {
namespace {

// A schema is bounded already, so what its meta-schema may cost is only a second bound.
constexpr CheckLimits meta_check_limits{.steps_max = 20'000'000, .depth_max = 1'000};

// They are ours, so that they compile is a promise, not a question.
std::unique_ptr<const CompiledSchema> compiled_meta_schema(std::string_view uri) {
  for (const auto& meta : meta_schemas()) {
    if (meta.uri != uri) continue;
    SchemaBuilder builder(SchemaLimits(), [](JsonValue, Dialect) { return Result<void>(); });
    auto graph = builder.build(std::string(meta.text), uri);
    ORC_ASSERT(graph.has_value());
    return std::make_unique<const CompiledSchema>(std::move(*graph));
  }
  ORC_ASSERT(false);
  std::unreachable();
}

}  // namespace

CompiledSchema::CompiledSchema(std::unique_ptr<const SchemaGraph> graph) : graph_(std::move(graph)) {}
CompiledSchema::~CompiledSchema() = default;

CheckReport CompiledSchema::check(JsonValue instance, const CheckLimits& limits) const {
  using enum CheckReport::End;
  SchemaRun check(*graph_, limits);
  if (check.run(instance)) return {.end = fits, .message = {}, .steps = check.steps()};
  switch (check.stop()) {
    case SchemaRun::Stop::none:
      return {.end = does_not_fit, .message = fault_text(*graph_, instance, check.last(), check.alternatives()), .steps = check.steps()};
    case SchemaRun::Stop::steps:
      return {.end = too_many_steps,
              .message = "as a whole: the check against the schema was given up after " + std::to_string(limits.steps_max) +
                         " steps; simplify the schema or send a smaller document",
              .steps = check.steps()};
    case SchemaRun::Stop::depth:
      return {.end = too_deep,
              .message = "as a whole: the check against the schema was given up at schemas nested " + std::to_string(limits.depth_max) +
                         " deep; simplify the schema",
              .steps = check.steps()};
  }
  std::unreachable();
}

Result<void> CompiledSchema::validate(JsonValue instance, const CheckLimits& limits) const {
  using enum CheckReport::End;
  auto report = check(instance, limits);
  if (report.end == fits) return {};
  return fail(report.end == does_not_fit ? ErrorCode::invalid_argument : ErrorCode::resource_exhausted, std::move(report.message));
}

Result<void> CompiledSchema::validate_text(std::string_view instance, const JsonLimits& json, const CheckLimits& limits) const {
  const auto document = JsonDocument::parse(instance, json);
  if (!document) return std::unexpected(document.error());
  return validate(document->root(), limits);
}

std::size_t CompiledSchema::memory_bytes() const {
  // Measured roughly: a node with its rules, a value of the text.
  constexpr std::size_t per_node = 400;
  constexpr std::size_t per_text_byte = 8;
  std::size_t bytes = sizeof(SchemaGraph) + graph_->nodes.size() * per_node + graph_->patterns_memory;
  for (const auto& document : graph_->documents) bytes += document.text.size() * per_text_byte;
  return bytes;
}

SchemaCompiler::SchemaCompiler(const SchemaLimits& limits)
    : limits_(limits), meta_2020_12_(compiled_meta_schema(meta_2020_12_uri)), meta_draft_07_(compiled_meta_schema(meta_draft_07_uri)) {}
SchemaCompiler::~SchemaCompiler() = default;

Result<void> SchemaCompiler::check_against_meta_schema(JsonValue schema, bool is_draft_07) const {
  auto checked = (is_draft_07 ? meta_draft_07_ : meta_2020_12_)->validate(schema, meta_check_limits);
  if (checked) return {};
  return fail(ErrorCode::invalid_argument,
              std::string("no JSON Schema of ") + (is_draft_07 ? "draft-07" : "draft 2020-12") + ": " + checked.error().message);
}

Result<std::shared_ptr<const CompiledSchema>> SchemaCompiler::compile(std::string_view schema) const {
  SchemaBuilder builder(
      limits_, [this](JsonValue inner, Dialect dialect) { return check_against_meta_schema(inner, dialect == Dialect::draft_07); });
  auto graph = builder.build(std::string(schema), "");
  if (!graph) return std::unexpected(graph.error());
  return std::make_shared<const CompiledSchema>(std::move(*graph));
}

}  // namespace orc
