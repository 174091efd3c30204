#include "adapters/worker_wire/run_report_json.h"

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"
#include "adapters/worker_wire/log_json.h"
#include "adapters/worker_wire/run_name_json.h"
#include "adapters/worker_wire/worker_protocol.h"

namespace orc {
namespace {

constexpr JsonLimits report_limits{.bytes_max = finish_bytes_max};

std::optional<Progress> read_progress(FieldReader& fields) {
  const auto fraction = fields.optional_number("progress", 0, 1);
  auto message = fields.optional_string("message", {.length_max = progress_message_bytes_max});
  if (message && !fraction && fields.faults().empty()) fields.add_fault("progress", "Value error, a message goes with a progress");
  if (!fraction) return {};
  return Progress{.fraction = *fraction, .message = std::move(message).value_or("")};
}

std::expected<ReportedRun, std::vector<FieldFault>> read_reported_run(JsonValue object, std::int64_t index) {
  FieldReader fields(object, {"body", "reports", index});
  ReportedRun reported{.run = read_run_name(fields), .report = {}};
  reported.report.log = read_log(fields);
  reported.report.progress = read_progress(fields);
  if (!fields.faults().empty()) return std::unexpected(fields.take_faults());
  return reported;
}

}  // namespace

std::string reported_run_text(const ReportedRun& reported) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_run_name(json, reported.run);
  write_log(json, reported.report.log);
  if (const auto& progress = reported.report.progress) {
    json.member("progress", progress->fraction);
    if (!progress->message.empty()) json.member("message", progress->message);
  }
  json.end_object();
  return text;
}

std::expected<std::vector<ReportedRun>, std::vector<FieldFault>> read_reported_runs(std::string_view body) {
  const auto document = JsonDocument::parse(body, report_limits);
  if (!document) return std::unexpected(std::vector{malformed_json_fault(document.error())});
  FieldReader fields(document->root(), {"body"});
  const auto list = fields.optional_array("reports");
  if (!list && fields.faults().empty()) fields.add_fault("reports", "Field required");
  if (list && list->size() > handed_in_reports_max)
    fields.add_fault("reports", "Value error, at most " + std::to_string(handed_in_reports_max) + " reports may be handed in at once");
  if (!fields.faults().empty()) return std::unexpected(fields.take_faults());
  std::vector<ReportedRun> reports;
  for (const JsonValue element : list->elements()) {
    auto reported = read_reported_run(element, static_cast<std::int64_t>(reports.size()));
    if (!reported) return std::unexpected(std::move(reported).error());
    reports.push_back(std::move(*reported));
  }
  return reports;
}

}  // namespace orc
