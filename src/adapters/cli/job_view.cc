#include "adapters/cli/job_view.h"

#include <cstdio>
#include <ostream>

#include "adapters/cli/api_client.h"
#include "adapters/json/time_text.h"

namespace orc {

bool has_ended(std::string_view status) { return status == "completed" || status == "failed" || status == "cancelled"; }

Colour colour_of_status(std::string_view status) {
  if (status == "completed") return Colour::green;
  if (status == "failed") return Colour::red;
  if (status == "cancelled") return Colour::grey;
  return status == "processing" ? Colour::blue : Colour::yellow;
}

std::string duration_between(std::string_view from, std::string_view to) {
  const auto first = parse_time_text(from);
  const auto last = parse_time_text(to);
  if (!first || !last) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", static_cast<double>((*last - *first).count()) / 1000);
  return text;
}

std::string short_time(std::string_view time) {
  std::string text(time.substr(0, 19));
  if (text.size() == 19 && text[10] == 'T') text.replace(10, 1, " ").append("Z");
  return text;
}

std::string words_of_bytes(std::string_view count) { return std::string(count) + (count == "1" ? " byte" : " bytes"); }

std::string words_of_progress(JsonValue job) {
  const auto fraction = job.find("progress");
  const auto number = fraction ? fraction->as_double() : std::nullopt;
  if (!number) return "";
  return std::to_string(static_cast<int>(*number * 100)) + " %  " + text_of(job, "progress_message");
}

std::string words_of_job_under_way(JsonValue job, std::chrono::seconds waited) {
  return "job " + text_of(job, "id") + " " + text_of(job, "status") + " " + std::to_string(waited.count()) + " s  " +
         words_of_progress(job);
}

Table table_of_jobs(JsonValue items) {
  Table table({{.title = "ID", .align = Align::right},
               {.title = "PLUGIN", .width = Column::Width::may_shrink},
               {.title = "STATUS"},
               {.title = "CREATED"},
               {.title = "TOOK", .align = Align::right},
               {.title = "ERROR", .width = Column::Width::may_shrink}});
  for (const auto job : items.elements()) {
    const std::string status = text_of(job, "status");
    table.add({{text_of(job, "id")},
               {text_of(job, "plugin_name")},
               {status, colour_of_status(status)},
               {short_time(text_of(job, "created_at"))},
               {duration_between(text_of(job, "started_at"), text_of(job, "completed_at"))},
               {text_of(job, "error_message")}});
  }
  return table;
}

namespace {

void print_field(ClientContext& context, std::string_view name, std::string_view text, Colour colour) {
  if (text.empty()) return;
  std::string title(name);
  title.resize(12, ' ');
  context.out << coloured(context.terminal, Colour::grey, title) << coloured(context.terminal, colour, printable(text)) << "\n";
}

double number_of(JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  return value ? value->as_double().value_or(0) : 0;
}

struct Measure {
  const char* member;
  const char* unit;
  double divisor = 1;
};
constexpr Measure wall_time{.member = "wall_seconds", .unit = " s"};
constexpr Measure cpu_time{.member = "cpu_seconds", .unit = " s"};
constexpr Measure peak_memory{.member = "peak_bytes", .unit = " MB", .divisor = 1 << 20};

// "1.25 s"; "" where it was not measured, as where several jobs were in one process at once.
std::string words_of_measure(JsonValue usage, const Measure& measure) {
  const auto value = usage.find(measure.member);
  if (!value || value->is_null()) return "";
  char text[100];
  std::snprintf(text, sizeof text, measure.divisor == 1 ? "%.2f%s" : "%.1f%s", number_of(usage, measure.member) / measure.divisor,
                measure.unit);
  return text;
}

std::string words_of_usage(JsonValue usage) {
  std::string words = words_of_measure(usage, wall_time);
  if (const std::string used = words_of_measure(usage, cpu_time); !used.empty()) words += ", " + used + " of cpu";
  if (const std::string held = words_of_measure(usage, peak_memory); !held.empty()) words += ", " + held + " of memory";
  char text[100];
  std::snprintf(text, sizeof text, ", %.0f bytes in, %.0f bytes out", number_of(usage, "bytes_in"), number_of(usage, "bytes_out"));
  return words + text;
}

constexpr std::size_t message_columns_max = 100;  // of an attempt's, which may be the end of its log

Cell outcome_of(JsonValue attempt) {
  const std::string outcome = text_of(attempt, "outcome");
  if (outcome.empty()) return {"running", Colour::blue};
  const std::string code = text_of(attempt, "exit_code");
  const bool succeeded = outcome == "succeeded";
  return {code.empty() || succeeded ? outcome : outcome + ", exit " + code, succeeded ? Colour::green : Colour::none};
}

}  // namespace

void print_job(ClientContext& context, JsonValue job) {
  const std::string status = text_of(job, "status");
  const auto line = [&](std::string_view name, std::string_view text, Colour colour = Colour::none) {
    print_field(context, name, text, colour);
  };
  line("id", text_of(job, "id"));
  line("plugin", text_of(job, "plugin_name") + " " + text_of(job, "plugin_version"));
  line("status", status, colour_of_status(status));
  line("why", status == "queued" ? how_to_ask_why(text_of(job, "id")) : "");
  line("progress", words_of_progress(job));
  line("created", short_time(text_of(job, "created_at")));
  line("started", short_time(text_of(job, "started_at")));
  line("ended", short_time(text_of(job, "completed_at")));
  line("took", duration_between(text_of(job, "started_at"), text_of(job, "completed_at")));
  line("attempts", text_of(job, "attempts") + " of " + text_of(job, "max_attempts"));
  line("error", text_of(job, "error_message"), Colour::red);
  line("input", text_of(job, "input_data"));
  line("result", text_of(job, "result"));
  line("callback", text_of(job, "callback_url"));
}

void print_attempt(ClientContext& context, JsonValue attempts, JsonValue artifacts) {
  std::optional<JsonValue> last;
  if (const auto items = attempts.find("items"))
    for (const JsonValue attempt : items->elements()) last = attempt;
  if (last) print_field(context, "image", text_of(*last, "image"), Colour::none);
  if (const auto usage = last && !text_of(*last, "outcome").empty() ? last->find("usage") : std::nullopt; usage && !usage->is_null()) {
    print_field(context, "usage", words_of_usage(*usage), Colour::none);
  }
  if (const auto files = artifacts.find("items"))
    for (const JsonValue file : files->elements())
      print_field(context, "file", text_of(file, "name") + ", " + words_of_bytes(text_of(file, "bytes")), Colour::none);
}

void print_attempts(ClientContext& context, JsonValue attempts) {
  const auto items = attempts.find("items");
  if (!items || items->size() < 2) return;
  Table table({{.title = "ATTEMPT", .align = Align::right},
               {.title = "WORKER", .width = Column::Width::may_shrink},
               {.title = "ISOLATION"},
               {.title = "OUTCOME"},
               {.title = "TOOK", .align = Align::right},
               {.title = "CPU", .align = Align::right},
               {.title = "MEMORY", .align = Align::right},
               {.title = "MESSAGE", .width = Column::Width::may_shrink}});
  for (const JsonValue attempt : items->elements()) {
    const auto usage = attempt.find("usage");
    const auto told = [&](const Measure& measure) { return usage && !usage->is_null() ? words_of_measure(*usage, measure) : ""; };
    table.add({{text_of(attempt, "number")},
               {text_of(attempt, "worker")},
               {text_of(attempt, "isolation")},
               outcome_of(attempt),
               {told(wall_time)},
               {told(cpu_time)},
               {told(peak_memory)},
               {cut_to(printable(text_of(attempt, "message")), message_columns_max)}});
  }
  context.out << "\n";
  table.print(context.out, context.terminal);
}

void print_deliveries(ClientContext& context, JsonValue deliveries) {
  const auto items = deliveries.find("items");
  if (!items) return;
  for (const JsonValue one : items->elements()) {
    const std::string state = text_of(one, "state");
    std::string text = text_of(one, "type") + " " + state + ", tries: " + text_of(one, "tries");
    if (const std::string reason = text_of(one, "reason"); !reason.empty()) text += ", " + reason;
    if (const std::string next = text_of(one, "next_try_at"); !next.empty()) text += ", next try " + short_time(next);
    print_field(context, "delivery", text, state == "given_up" ? Colour::red : Colour::none);
  }
}

}  // namespace orc
