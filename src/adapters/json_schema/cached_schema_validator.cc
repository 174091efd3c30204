#include "adapters/json_schema/cached_schema_validator.h"

#include <utility>

namespace orc {
namespace {

// What is done without leaving the I/O thread: well below a millisecond.
constexpr std::size_t checked_at_once_bytes_max = std::size_t{16} << 10;
constexpr CheckLimits at_once{.steps_max = 10'000, .depth_max = CheckLimits().depth_max};

}  // namespace

CachedSchemaValidator::CachedSchemaValidator(WorkPool& pool, const SchemaCacheLimits& limits) : pool_(pool), limits_(limits) {}

CachedSchemaValidator::Schema CachedSchemaValidator::find(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_text_.find(text);
  if (found == by_text_.end()) {
    ++counts_.misses;
    return nullptr;
  }
  ++counts_.hits;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->schema;
}

void CachedSchemaValidator::keep(std::string_view text, const Schema& schema) {
  const std::scoped_lock lock(mutex_);
  if (by_text_.contains(text)) return;  // somebody else compiled it meanwhile
  entries_.push_front({.text = std::string(text), .schema = schema, .bytes = schema->memory_bytes() + text.size()});
  by_text_.emplace(entries_.front().text, entries_.begin());
  counts_.bytes += entries_.front().bytes;
  while (entries_.size() > 1 && (entries_.size() > limits_.schemas_max || counts_.bytes > limits_.bytes_max)) {
    counts_.bytes -= entries_.back().bytes;
    by_text_.erase(entries_.back().text);
    entries_.pop_back();
  }
  counts_.schemas = entries_.size();
}

CachedSchemaValidator::Counts CachedSchemaValidator::counts() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

Async<CachedSchemaValidator::Schema> CachedSchemaValidator::compiled(std::string_view text) {
  if (auto known = find(text)) co_return known;
  auto schema = co_await pool_.run([this, text] { return compiler_.compile(text); });
  if (schema) keep(text, *schema);
  co_return schema;
}

Async<void> CachedSchemaValidator::check_schema(std::string_view schema) {
  const auto result = co_await compiled(schema);
  if (!result) co_return std::unexpected(result.error());
  co_return Result<void>();
}

Async<void> CachedSchemaValidator::validate(const std::optional<std::string>& schema, std::string_view document) {
  Schema rules;
  if (schema) {
    auto result = co_await compiled(*schema);
    if (!result) co_return pass_on(result);
    rules = std::move(*result);
  }
  const auto check = [&rules, document](const CheckLimits& limits) -> Result<void> {
    const auto json = JsonDocument::parse(document);
    if (!json) return std::unexpected(json.error());
    return rules ? rules->validate(json->root(), limits) : Result<void>();
  };
  if (document.size() <= checked_at_once_bytes_max) {
    auto fits = check(at_once);
    if (fits || fits.error().code != ErrorCode::resource_exhausted) co_return fits;
  }
  co_return co_await pool_.run([&check] { return check(CheckLimits()); });
}

}  // namespace orc
