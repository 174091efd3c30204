#include "adapters/worker_wire/finished_run_json.h"

#include <algorithm>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"
#include "adapters/json/utf8.h"
#include "adapters/worker_wire/log_json.h"
#include "adapters/worker_wire/run_name_json.h"
#include "adapters/worker_wire/worker_protocol.h"

namespace orc {
namespace {

constexpr JsonLimits finish_limits{.bytes_max = finish_bytes_max};
constexpr std::int64_t usage_max = std::int64_t{1} << 53;

// Characters as they came, U+0000 included: what may not be stored is judged by the store.
std::optional<std::string> text_of(JsonValue object, std::string_view key) {
  const auto value = object.find(key);
  return value ? value->as_string() : std::nullopt;
}

void read_words(FieldReader& fields, PluginOutcome& outcome) {
  const auto how = attempt_outcome_from_word(fields.required_string("outcome", {.length_max = 100}));
  if (how && *how != AttemptOutcome::worker_lost)
    outcome.how = *how;
  else
    fields.add_fault("outcome",
                     "Input should be 'succeeded', 'failed', 'timed_out', 'out_of_memory', 'output_rejected', 'refused', 'cancelled', "
                     "'given_back' or 'not_started'");
  if (const auto word = fields.optional_string("isolation", {.length_max = 100})) {
    if (const auto isolation = isolation_from_word(*word))
      outcome.isolation = *isolation;
    else
      fields.add_fault("isolation", "Input should be 'none', 'container' or 'strict'");
  } else {
    outcome.isolation = Isolation::none;
  }
}

std::vector<Artifact> read_artifacts(FieldReader& fields) {
  std::vector<Artifact> artifacts;
  const auto list = fields.optional_array("artifacts");
  if (!list) return artifacts;
  if (list->size() > artifacts_max) {
    fields.add_fault("artifacts", "Value error, a run leaves at most " + std::to_string(artifacts_max) + " files");
    return artifacts;
  }
  for (const JsonValue element : list->elements()) {
    const auto bytes = element.find("bytes");
    const auto size = bytes ? bytes->as_int64() : std::nullopt;
    std::string blob = text_of(element, "blob").value_or("");
    const auto hash = content_hash_from_hex(blob.starts_with(blob_prefix) ? std::string_view(blob).substr(blob_prefix.size()) : blob);
    if (!size || *size < 0 || *size > artifact_bytes_max || !hash) {
      fields.add_fault("artifacts", "Value error, each needs a name, a number of bytes and a blob");
      return artifacts;
    }
    artifacts.push_back({.name = artifact_name(text_of(element, "name").value_or(""), artifacts), .bytes = *size, .hash = *hash});
  }
  return artifacts;
}

std::expected<FinishedRun, std::vector<FieldFault>> read_finished_run(JsonValue object, std::int64_t index) {
  FieldReader fields(object, {"body", "ends", index});
  FinishedRun end{.run = read_run_name(fields), .outcome = {}, .output_blob = {}};
  PluginOutcome& outcome = end.outcome;
  read_words(fields, outcome);
  if (object.is_object()) {
    outcome.message = text_of(object, "message").value_or("");
    outcome.output = text_of(object, "output_text").value_or("");
  }
  if (const auto hash = fields.optional_string("output_blob", {.length_max = 100})) {
    const auto read = content_hash_from_hex(hash->starts_with(blob_prefix) ? std::string_view(*hash).substr(blob_prefix.size()) : *hash);
    if (read)
      end.output_blob = *read;
    else
      fields.add_fault("output_blob", "Value error, " + read.error().message);
  }
  if (const auto code = fields.optional_integer("exit_code", {.min = -1'000'000, .max = 1'000'000}))
    outcome.exit_code = static_cast<int>(*code);
  if (fields.is_null("cpu_ms")) outcome.usage.cpu.reset();
  if (const auto cpu = fields.optional_integer("cpu_ms", {.min = 0, .max = usage_max})) outcome.usage.cpu = std::chrono::milliseconds{*cpu};
  if (fields.is_null("peak_bytes")) outcome.usage.peak_bytes.reset();
  if (const auto peak = fields.optional_integer("peak_bytes", {.min = 0, .max = usage_max})) outcome.usage.peak_bytes = *peak;
  outcome.usage.wall = std::chrono::milliseconds{fields.optional_integer("wall_ms", {.min = 0, .max = usage_max}).value_or(0)};
  outcome.usage.bytes_in = fields.optional_integer("bytes_in", {.min = 0, .max = usage_max}).value_or(0);
  outcome.usage.bytes_out = fields.optional_integer("bytes_out", {.min = 0, .max = usage_max}).value_or(0);
  if (auto image = fields.optional_string("image", {.length_max = 100})) {
    const bool is_digest = image->starts_with(blob_prefix) && content_hash_from_hex(std::string_view(*image).substr(blob_prefix.size()));
    if (is_digest)
      outcome.image = std::move(*image);
    else
      fields.add_fault("image", "Value error, a digest reads sha256:<64 lower-case hexadecimal digits>");
  }
  outcome.artifacts = read_artifacts(fields);
  outcome.log = read_log(fields);
  if (!fields.faults().empty()) return std::unexpected(fields.take_faults());
  return end;
}

}  // namespace

bool fits_inline(const std::string& output) { return output.size() <= inline_output_max && is_utf8(output); }

std::string finished_run_text(const FinishedRun& end) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_run_name(json, end.run);
  json.member("outcome", to_word(end.outcome.how));
  if (end.output_blob)
    json.member("output_blob", std::string(blob_prefix) + to_hex(*end.output_blob));
  else if (!end.outcome.output.empty())
    json.member("output_text", end.outcome.output);
  if (!end.outcome.message.empty()) json.member("message", end.outcome.message);
  json.member("exit_code", end.outcome.exit_code);
  json.member("cpu_ms", end.outcome.usage.cpu ? std::optional(end.outcome.usage.cpu->count()) : std::nullopt);
  json.member("peak_bytes", end.outcome.usage.peak_bytes);
  json.member("wall_ms", end.outcome.usage.wall.count());
  json.member("bytes_in", end.outcome.usage.bytes_in);
  json.member("bytes_out", end.outcome.usage.bytes_out);
  json.member("isolation", to_word(end.outcome.isolation));
  if (!end.outcome.image.empty()) json.member("image", end.outcome.image);
  if (!end.outcome.artifacts.empty()) {
    json.key("artifacts").begin_array();
    for (const Artifact& artifact : end.outcome.artifacts) {
      json.begin_object();
      json.member("name", artifact.name);
      json.member("bytes", artifact.bytes);
      json.member("blob", std::string(blob_prefix) + to_hex(artifact.hash));
      json.end_object();
    }
    json.end_array();
  }
  write_log(json, end.outcome.log);
  json.end_object();
  return text;
}

std::expected<std::vector<FinishedRun>, std::vector<FieldFault>> read_finished_runs(std::string_view body) {
  const auto document = JsonDocument::parse(body, finish_limits);
  if (!document) return std::unexpected(std::vector{malformed_json_fault(document.error())});
  FieldReader fields(document->root(), {"body"});
  const auto list = fields.optional_array("ends");
  if (!list && fields.faults().empty()) fields.add_fault("ends", "Field required");
  if (list && list->size() > handed_in_ends_max)
    fields.add_fault("ends", "Value error, at most " + std::to_string(handed_in_ends_max) + " ends may be handed in at once");
  if (!fields.faults().empty()) return std::unexpected(fields.take_faults());
  std::vector<FinishedRun> ends;
  for (const JsonValue element : list->elements()) {
    auto end = read_finished_run(element, static_cast<std::int64_t>(ends.size()));
    if (!end) return std::unexpected(std::move(end).error());
    ends.push_back(std::move(*end));
  }
  return ends;
}

std::string end_results_text(std::span<const Result<JobStatus>> results) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("results").begin_array();
  for (const Result<JobStatus>& result : results) {
    json.begin_object();
    if (result) {
      json.member("status", to_word(*result));
    } else {
      json.key("error").begin_object();
      json.member("code", to_word(result.error().code));
      json.member("detail", result.error().message);
      json.end_object();
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text;
}

Result<std::vector<Result<JobStatus>>> read_end_results(std::string_view text, std::size_t count) {
  const auto bad = [] { return fail(ErrorCode::internal, "the answer to handed-in ends is not one that protocol version 1 knows"); };
  const auto document = JsonDocument::parse(text, {.bytes_max = finish_bytes_max});
  const auto list = document ? document->root().find("results") : std::nullopt;
  if (!list || list->size() != count) return bad();
  std::vector<Result<JobStatus>> results;
  for (const JsonValue element : list->elements()) {
    if (const auto error = element.find("error")) {
      const auto code = error_code_from_word(text_of(*error, "code").value_or("")).value_or(ErrorCode::internal);
      results.push_back(fail(code, text_of(*error, "detail").value_or("")));
      continue;
    }
    const auto status = job_status_from_word(text_of(element, "status").value_or(""));
    if (!status) return bad();
    results.emplace_back(*status);
  }
  return results;
}

}  // namespace orc
