#include "adapters/rest/job_json.h"

#include <utility>

#include "adapters/json/time_text.h"
#include "domain/assert.h"

namespace orc {
namespace {

void write_labels(JsonWriter& json, const Labels& labels) {
  json.key("labels").begin_object();
  for (const auto& [name, value] : labels) json.member(name, value);
  json.end_object();
}

void write_result(JsonWriter& json, const std::optional<Payload>& result) {
  if (!result) return json.member("result", nullptr);
  ORC_ASSERT(!result->blob);
  json.key("result").raw(result->text);
}

// Of a run that nobody saw end, and of one that never began, nothing is known; one that ended took some time at least.
void write_usage(JsonWriter& json, const Usage& usage) {
  if (usage == Usage{}) return json.member("usage", nullptr);
  json.key("usage").begin_object();
  json.member("cpu_seconds", usage.cpu ? std::optional(static_cast<double>(usage.cpu->count()) / 1000.0) : std::nullopt);
  json.member("peak_bytes", usage.peak_bytes);
  json.member("wall_seconds", static_cast<double>(usage.wall.count()) / 1000.0);
  json.member("bytes_in", usage.bytes_in);
  json.member("bytes_out", usage.bytes_out);
  json.end_object();
}

}  // namespace

void write_time(JsonWriter& json, std::string_view name, const std::optional<Timestamp>& time) {
  if (!time) return json.member(name, nullptr);
  json.member(name, time_text(*time));
}

void write_job(JsonWriter& json, const Job& job) {
  ORC_ASSERT(!job.input.blob);
  json.begin_object();
  json.member("id", std::to_underlying(job.id));
  json.member("plugin_name", job.plugin_name);
  json.member("status", to_word(job.status));
  json.key("input_data").raw(job.input.text);
  write_result(json, job.result);
  json.member("error_message", job.error_message);
  json.key("owner_id");
  if (job.owner) {
    json.value(std::to_underlying(*job.owner));
  } else {
    json.value(nullptr);
  }
  write_time(json, "created_at", job.created_at);
  write_time(json, "started_at", job.started_at);
  write_time(json, "completed_at", job.completed_at);
  json.member("plugin_version", job.plugin_version);
  json.member("priority", job.priority);
  write_time(json, "run_at", job.run_at);
  json.key("timeout_seconds");
  if (job.timeout) {
    json.value(job.timeout->count());
  } else {
    json.value(nullptr);
  }
  json.member("attempts", job.attempts);
  json.member("max_attempts", job.attempts_max);
  json.member("share_key", job.share_key);
  write_labels(json, job.labels);
  json.member("progress", job.progress ? std::optional(job.progress->fraction) : std::nullopt);
  json.member("progress_message",
              job.progress && !job.progress->message.empty() ? std::optional<std::string_view>(job.progress->message) : std::nullopt);
  json.member("callback_url", job.callback_url);
  json.end_object();
}

std::size_t text_size_of(const Job& job) {
  constexpr std::size_t other_fields = 512;
  return other_fields + job.input.text.size() + (job.result ? job.result->text.size() : 0);
}

std::string job_text(const Job& job) {
  std::string text;
  text.reserve(text_size_of(job));
  JsonWriter json(text);
  write_job(json, job);
  return text;
}

void write_attempt(JsonWriter& json, const Attempt& attempt) {
  json.begin_object();
  json.member("number", attempt.number);
  json.member("worker", attempt.worker_name);
  json.member("isolation", to_word(attempt.isolation));
  json.member("plugin_version", attempt.plugin_version);
  write_time(json, "started_at", attempt.started_at);
  write_time(json, "ended_at", attempt.ended_at);
  json.key("outcome");
  if (attempt.outcome) {
    json.value(to_word(*attempt.outcome));
  } else {
    json.value(nullptr);
  }
  json.key("message");
  if (attempt.message.empty()) {
    json.value(nullptr);
  } else {
    json.value(attempt.message);
  }
  json.member("exit_code", attempt.exit_code);
  json.member("image", attempt.image.empty() ? std::nullopt : std::optional(attempt.image));
  write_usage(json, attempt.usage);
  json.end_object();
}

void write_delivery(JsonWriter& json, const CallbackDelivery& delivery) {
  json.begin_object();
  json.member("id", webhook_id(delivery.id, delivery.job, delivery.ended_at));
  json.member("type", "job." + std::string(to_word(delivery.status)));
  json.member("url", delivery.url);
  json.member("state", to_word(delivery.state));
  json.member("tries", delivery.tries);
  write_time(json, "ended_at", delivery.ended_at);
  write_time(json, "tried_at", delivery.tried_at);
  write_time(json, "next_try_at", delivery.next_try_at);
  json.member("answer_status", delivery.answer_status);
  json.member("reason", delivery.reason.empty() ? std::nullopt : std::optional(delivery.reason));
  json.end_object();
}

void write_artifact(JsonWriter& json, const Artifact& artifact) {
  json.begin_object();
  json.member("name", artifact.name);
  json.member("bytes", artifact.bytes);
  json.member("sha256", to_hex(artifact.hash));
  json.end_object();
}

void write_log_line(JsonWriter& json, const LogLine& line) {
  json.begin_object();
  json.member("n", line.n);
  write_time(json, "t", line.t);
  json.member("stream", line.stream == LogStream::out ? "out" : "err");
  json.member("text", line.text);
  json.end_object();
}

std::size_t text_size_of(const LogLine& line) {
  constexpr std::size_t other_fields = 80;
  return other_fields + line.text.size();
}

void write_dead_letter(JsonWriter& json, const DeadLetter& letter) {
  json.begin_object();
  json.member("id", std::to_underlying(letter.job));
  json.member("plugin_name", letter.plugin_name);
  json.member("reason", letter.reason);
  json.member("attempts", letter.attempts);
  write_time(json, "died_at", letter.died_at);
  json.end_object();
}

}  // namespace orc
