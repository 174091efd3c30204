#include "adapters/json_schema/cached_schema_validator.h"

#include <map>
#include <utility>

namespace orc {
namespace {

// What is done without leaving the I/O thread: well below a millisecond, for all documents of one call together.
constexpr std::size_t checked_at_once_max = 16;
constexpr std::size_t checked_at_once_bytes_max = std::size_t{16} << 10;
constexpr std::uint64_t steps_at_once_max = 10'000;

// What one turn in the pool takes: others' documents come in between.
constexpr std::size_t checked_in_turn_max = 100;
constexpr std::size_t checked_in_turn_bytes_max = std::size_t{1} << 20;
constexpr std::uint64_t steps_in_turn_max = 1'000'000;  // 10 to 20 ms; the last document may go beyond it by its own limit

// What each of `documents` may cost if all are checked at once.
CheckLimits at_once(std::size_t documents) { return {.steps_max = steps_at_once_max / documents, .depth_max = CheckLimits().depth_max}; }

using enum CheckReport::End;
using Verdict = std::expected<void, SchemaMisfit>;

CheckReport check(const CompiledSchema* rules, std::string_view document, const CheckLimits& limits) {
  const auto json = JsonDocument::parse(document);
  if (!json) return {.end = does_not_fit, .message = json.error().message};
  return rules ? rules->check(json->root(), limits) : CheckReport{};
}

// A check that had to be given up says about the document what a misfit says: the same one again can never do better.
Result<void> result_of(CheckReport report) {
  if (report.end == fits) return {};
  return fail(ErrorCode::invalid_argument, std::move(report.message));
}

std::unexpected<SchemaMisfit> misfit(std::size_t index, Error error) {
  return std::unexpected(SchemaMisfit{.index = index, .error = std::move(error)});
}

}  // namespace

// Documents with their compiled schemas.
class CachedSchemaValidator::Documents {
 public:
  explicit Documents(std::vector<SchemaCheck> checks) : checks_(std::move(checks)) { rules_.reserve(checks_.size()); }

  std::size_t size() const { return checks_.size(); }
  std::string_view schema_of(std::size_t index) const { return checks_[index].schema; }
  void add_rules(Schema rules) { rules_.push_back(std::move(rules)); }

  // Of all documents, if that is soon told.
  std::optional<Verdict> told_at_once() const {
    if (!are_few()) return std::nullopt;
    for (std::size_t i = 0; i < size(); ++i) {
      auto report = check(rules_[i].get(), checks_[i].document, at_once(size()));
      if (report.end == too_many_steps) return std::nullopt;
      if (auto result = result_of(std::move(report)); !result) return misfit(i, std::move(result).error());
    }
    return Verdict();
  }

  struct Turn {
    Verdict verdict;
    std::size_t end = 0;  // behind the last document that was checked
    std::uint64_t steps = 0;
  };

  // One turn in the pool, which checks `first` and those after it.
  Turn take_turn(std::size_t first) const {
    Turn turn{.verdict = {}, .end = first};
    std::size_t bytes = 0;
    do {
      auto report = check(rules_[turn.end].get(), checks_[turn.end].document, CheckLimits());
      bytes += checks_[turn.end].document.size();
      turn.steps += report.steps;
      if (auto result = result_of(std::move(report)); !result) {
        turn.verdict = misfit(turn.end, std::move(result).error());
        return turn;
      }
      ++turn.end;
    } while (turn.end < size() && turn.end - first < checked_in_turn_max && turn.steps < steps_in_turn_max &&
             bytes + checks_[turn.end].document.size() <= checked_in_turn_bytes_max);
    return turn;
  }

 private:
  bool are_few() const {
    if (size() > checked_at_once_max) return false;
    std::size_t bytes = 0;
    for (const SchemaCheck& one : checks_) bytes += one.document.size();
    return bytes <= checked_at_once_bytes_max;
  }

  const std::vector<SchemaCheck> checks_;
  std::vector<Schema> rules_;  // one for each check
};

CachedSchemaValidator::CachedSchemaValidator(WorkPool& pool, const SchemaValidatorLimits& limits) : pool_(pool), limits_(limits) {}

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
  if (document.size() <= checked_at_once_bytes_max) {
    auto report = check(rules.get(), document, at_once(1));
    if (report.end != too_many_steps) co_return result_of(std::move(report));
  }
  co_return co_await pool_.run([&rules, document] { return result_of(check(rules.get(), document, CheckLimits())); });
}

boost::asio::awaitable<std::expected<void, SchemaMisfit>> CachedSchemaValidator::validate_all(std::vector<SchemaCheck> checks) {
  Documents documents(std::move(checks));
  // One text stands behind many documents: it is looked for once, as that reads all of it.
  std::map<std::pair<const char*, std::size_t>, Schema> known;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const std::string_view text = documents.schema_of(i);
    Schema& schema = known[{text.data(), text.size()}];
    if (!schema) {
      auto result = co_await compiled(text);
      if (!result) co_return misfit(i, std::move(result).error());
      schema = std::move(*result);
    }
    documents.add_rules(schema);
  }
  if (auto told = documents.told_at_once()) co_return std::move(*told);
  std::uint64_t steps = 0;
  for (std::size_t next = 0; next < documents.size();) {
    if (steps > limits_.steps_together_max)
      co_return misfit(
          next, {ErrorCode::invalid_argument, "as a whole: the checks before this one took more than " +
                                                  std::to_string(limits_.steps_together_max) + " steps together; send fewer at once"});
    const auto work = [&documents, next]() -> Result<Documents::Turn> { return documents.take_turn(next); };
    auto turn = co_await pool_.run(work);
    if (!turn) co_return misfit(next, std::move(turn).error());
    if (!turn->verdict) co_return std::move(turn->verdict);
    steps += turn->steps;
    next = turn->end;
  }
  co_return Verdict();
}

}  // namespace orc
