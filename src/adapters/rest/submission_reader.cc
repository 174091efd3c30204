#include "adapters/rest/submission_reader.h"

#include <algorithm>
#include <unordered_map>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/rest/blob_references.h"

namespace orc {
namespace {

constexpr StringPattern plugin_name_pattern{.text = "^[a-z0-9-]{1,100}$", .matches = is_plugin_name};
// Faults of one batch that are told; a client that makes more has made the same one over and over.
constexpr std::size_t faults_told_max = 1000;
constexpr JsonLimits batch_limits{.bytes_max = std::size_t{16} << 20, .depth_max = 130, .nodes_max = std::size_t{4} << 20};

FieldPlace place_in(const FieldPlace& place, std::string_view field) {
  FieldPlace inner = place;
  inner.emplace_back(std::string(field));
  return inner;
}

void read_input(FieldReader& fields, const FieldPlace& place, JobRequest& request, ReadSubmissions& read) {
  const auto input = fields.optional_object("input_data");
  if (!input) return;
  const std::string_view bytes = input->raw();
  if (bytes.size() > job_input_bytes_max) {
    read.too_large.push_back({.loc = place_in(place, "input_data"),
                              .msg = "input_data has " + std::to_string(bytes.size()) + " bytes; at most " +
                                     std::to_string(job_input_bytes_max) + " are taken. " + std::string(large_input_advice),
                              .type = "too_large"});
    return;
  }
  BlobReferences blobs = find_blob_references(*input);
  for (const std::string& pointer : blobs.malformed)
    fields.add_fault("input_data", (pointer.empty() ? "" : "at " + pointer + ": ") +
                                       "a blob reference reads {\"$blob\": \"sha256:<64 lower-case hexadecimal digits>\"}");
  if (blobs.hashes.size() > job_blobs_max)
    fields.add_fault("input_data", "Value error, refers to " + std::to_string(blobs.hashes.size()) + " uploaded files; at most " +
                                       std::to_string(job_blobs_max) + " are taken");
  request.blobs = std::move(blobs.hashes);
  request.input = bytes;
}

// The key that the body or the header gives, if any.
std::optional<std::string> read_key(FieldReader& fields, std::string_view header_key) {
  auto key = fields.optional_string("idempotency_key", {.length_min = 1, .length_max = job_idempotency_key_length_max});
  if (key && !is_idempotency_key(*key))
    fields.add_fault("idempotency_key", "Value error, an idempotency key has 1 to 200 printable ASCII characters");
  if (header_key.empty()) return key;
  if (key && *key != header_key) fields.add_fault("idempotency_key", "Value error, the header Idempotency-Key says another key");
  return std::string(header_key);
}

void read_submission(JsonValue value, const FieldPlace& place, std::string_view header_key, ReadSubmissions& read) {
  FieldReader fields(value, place);
  JobRequest request;
  request.plugin_name = fields.required_string("plugin_name", {.pattern = plugin_name_pattern});
  read_input(fields, place, request, read);
  request.priority = static_cast<int>(
      fields.optional_integer("priority", {.min = job_priority_min, .max = job_priority_max}).value_or(job_priority_default));
  request.run_at = fields.optional_time("run_at");
  if (const auto seconds = fields.optional_integer("timeout_seconds", {.min = 1, .max = job_timeout_max.count()}))
    request.timeout = std::chrono::seconds{*seconds};
  if (const auto attempts = fields.optional_integer("max_attempts", {.min = 1, .max = job_attempts_max}))
    request.attempts_max = static_cast<int>(*attempts);
  request.share_key = fields.optional_string("share_key", {.length_min = 1, .length_max = job_share_key_length_max});
  if (auto labels = fields.optional_string_map(
          "labels", {.entries_max = job_labels_max, .key_length_max = job_label_length_max, .value_length_max = job_label_length_max}))
    request.labels = std::move(*labels);
  if (const auto url = fields.optional_string("callback_url", {.length_min = 1})) {
    auto callback = parse_callback_url(*url);
    if (callback)
      request.callback = std::move(*callback);
    else
      fields.add_fault("callback_url", "Value error, " + callback.error().message);
  }
  if (auto key = read_key(fields, header_key)) request.idempotency = Idempotency{.key = std::move(*key), .request = {}};
  for (FieldFault& fault : fields.take_faults())
    if (read.malformed.size() < faults_told_max) read.malformed.push_back(std::move(fault));
  read.requests.push_back(std::move(request));
}

FieldFault list_fault(std::string msg, std::string type) {
  return {.loc = {"body", "jobs"}, .msg = std::move(msg), .type = std::move(type)};
}

// The key of the batch names the whole, so it cannot name one entry.
void refuse_key_of_batch(ReadSubmissions& read) {
  for (std::size_t i = 0; read.batch && i < read.requests.size(); ++i) {
    if (!read.requests[i].idempotency || read.requests[i].idempotency->key != read.batch->key) continue;
    read.malformed.push_back({.loc = {"body", "jobs", static_cast<std::int64_t>(i), "idempotency_key"},
                              .msg = "Value error, the header Idempotency-Key gives this key to the whole batch",
                              .type = "value_error"});
  }
}

// A repeat inside one batch is either a slip or two jobs under one key; neither can be meant.
void refuse_repeated_keys(ReadSubmissions& read) {
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < read.requests.size(); ++i) {
    if (!read.requests[i].idempotency) continue;
    const auto [first, is_new] = seen.emplace(read.requests[i].idempotency->key, i);
    if (is_new) continue;
    read.malformed.push_back({.loc = {"body", "jobs", static_cast<std::int64_t>(i), "idempotency_key"},
                              .msg = "Value error, entry " + std::to_string(first->second) + " has this key too",
                              .type = "value_error"});
  }
}

}  // namespace

bool is_idempotency_key(std::string_view key) {
  return !key.empty() && key.size() <= job_idempotency_key_length_max &&
         std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7F; });
}

ReadSubmissions read_one_submission(std::string_view body, std::string_view header_key, Digest& digest) {
  ReadSubmissions read;
  const auto document = JsonDocument::parse(body);
  if (!document) {
    read.malformed.push_back(malformed_json_fault(document.error()));
    return read;
  }
  read_submission(document->root(), {"body"}, header_key, read);
  if (auto& idempotency = read.requests.front().idempotency) idempotency->request = digest.sha256(body);
  return read;
}

ReadSubmissions read_batch(std::string_view body, std::string_view header_key, Digest& digest) {
  ReadSubmissions read;
  const auto document = JsonDocument::parse(body, batch_limits);
  if (!document) {
    read.malformed.push_back(malformed_json_fault(document.error()));
    return read;
  }
  FieldReader fields(document->root(), {"body"});
  const auto jobs = fields.optional_array("jobs");
  read.malformed = fields.take_faults();
  if (!read.malformed.empty()) return read;
  if (!jobs) read.malformed.push_back(list_fault("Field required", "missing"));
  if (jobs && jobs->size() == 0)
    read.malformed.push_back(list_fault("List should have at least 1 item after validation, not 0", "too_short"));
  if (jobs && jobs->size() > job_batch_max)
    read.malformed.push_back(list_fault(
        "List should have at most " + std::to_string(job_batch_max) + " items after validation, not " + std::to_string(jobs->size()),
        "too_long"));
  if (!read.malformed.empty()) return read;

  if (!header_key.empty()) read.batch = Idempotency{.key = std::string(header_key), .request = digest.sha256(body)};
  std::int64_t index = 0;
  for (const JsonValue entry : jobs->elements()) {
    read_submission(entry, {"body", "jobs", index}, "", read);
    if (auto& idempotency = read.requests.back().idempotency) idempotency->request = digest.sha256(entry.raw());
    ++index;
  }
  refuse_repeated_keys(read);
  refuse_key_of_batch(read);
  return read;
}

}  // namespace orc
