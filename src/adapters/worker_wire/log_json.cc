#include "adapters/worker_wire/log_json.h"

#include <string>

#include "adapters/worker_wire/worker_protocol.h"

namespace orc {
namespace {

constexpr std::int64_t t_ms_max = 253'402'300'799'999;  // the year 9999
constexpr std::int64_t line_number_max = std::int64_t{1} << 53;

void write_line(JsonWriter& json, std::int64_t t_ms, LogStream stream, std::string_view text) {
  json.begin_object();
  json.member("t_ms", t_ms);
  json.member("stream", stream == LogStream::out ? "out" : "err");
  json.member("text", text);
  json.end_object();
}

// Characters as they came, U+0000 included: what may not be stored is judged by the store.
std::optional<LogLine> read_line(JsonValue element) {
  FieldReader line(element, {});
  const std::int64_t t_ms = line.required_integer("t_ms", {.min = 0, .max = t_ms_max});
  const auto text = element.find("text");
  auto characters = text ? text->as_string() : std::nullopt;
  if (!line.faults().empty() || !characters) return {};
  const auto stream = element.find("stream");
  const bool is_out = stream && stream->is_string_equal_to("out");
  return LogLine{.t = timestamp_from_ms(t_ms), .stream = is_out ? LogStream::out : LogStream::err, .text = std::move(*characters)};
}

}  // namespace

void write_log(JsonWriter& json, const std::vector<LogLine>& log) {
  if (log.empty()) return;
  if (log.front().n > 1) json.member("log_from", log.front().n);
  json.key("log").begin_array();
  const std::size_t left_out = log.size() <= end_log_lines_max ? 0 : log.size() - end_log_lines_max + 1;
  const std::size_t head = left_out == 0 ? log.size() : end_log_lines_max / 2;
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (i == head && left_out > 0) {
      write_line(json, to_ms(log[i].t), LogStream::err, "[" + std::to_string(left_out) + " lines were left out here]");
      i += left_out;
    }
    if (i < log.size()) write_line(json, to_ms(log[i].t), log[i].stream, log[i].text);
  }
  json.end_array();
}

std::vector<LogLine> read_log(FieldReader& fields) {
  std::vector<LogLine> log;
  std::int64_t n = fields.optional_integer("log_from", {.min = 1, .max = line_number_max}).value_or(1);
  const auto lines = fields.optional_array("log");
  if (!lines) return log;
  if (lines->size() > end_log_lines_max) {
    fields.add_fault("log", "Value error, a log has at most " + std::to_string(end_log_lines_max) + " lines");
    return log;
  }
  for (const JsonValue element : lines->elements()) {
    auto line = read_line(element);
    if (!line) {
      fields.add_fault("log", "Value error, each line is an object with t_ms, stream (out or err) and text");
      return log;
    }
    line->n = n++;
    log.push_back(std::move(*line));
  }
  return log;
}

}  // namespace orc
