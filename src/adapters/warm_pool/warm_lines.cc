#include "adapters/warm_pool/warm_lines.h"

#include <algorithm>
#include <charconv>

#include "domain/whole_characters.h"

namespace orc {
namespace {

std::unexpected<Error> no_answer(std::string why) { return fail(ErrorCode::invalid_argument, std::move(why)); }

std::string text_of(JsonValue value) { return value.is_string() ? value.string() : std::string(value.raw()); }

std::optional<std::string> text_at(JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  return value ? std::optional(text_of(*value)) : std::nullopt;
}

Result<WarmLine> failure_of(WarmRequestId id, JsonValue object, JsonValue error) {
  WarmFailure failure{.id = id, .message = std::string(whole_characters(text_of(error), warm_message_bytes_max)), .exit_code = {}};
  if (failure.message.empty()) failure.message = "the plugin gave no reason";
  if (const auto code = object.find("exit_code")) {
    const auto number = code->as_int64();
    if (!number || *number < 1 || *number > 255) return no_answer("exit_code is no number from 1 to 255");
    failure.exit_code = static_cast<int>(*number);
  }
  return failure;
}

WarmLine progress_of(WarmRequestId id, JsonValue object, JsonValue progress) {
  const auto fraction = progress.as_double();
  if (!fraction || *fraction < 0 || *fraction > 1) return WarmSlip{id};
  return WarmProgress{
      .id = id,
      .progress = {.fraction = *fraction,
                   .message = std::string(whole_characters(text_at(object, "message").value_or(""), progress_message_bytes_max))}};
}

WarmLine log_of(WarmRequestId id, JsonValue object, JsonValue log) {
  const auto stream = text_at(object, "stream").value_or("out");
  if (stream != "out" && stream != "err") return WarmSlip{id};
  return WarmLog{.id = id, .text = text_of(log), .stream = stream == "err" ? LogStream::err : LogStream::out};
}

}  // namespace

Result<WarmLine> WarmLineReader::read(std::string_view line) {
  if (auto parsed = document_.assign(line, {.bytes_max = line.size()}); !parsed) return no_answer(parsed.error().message);
  const JsonValue object = document_.root();
  if (!object.is_object()) return no_answer("it is no object");
  const auto number = object.find("id");
  if (!number) {
    const auto ready = object.find("ready");
    if (ready && ready->as_boolean().value_or(false)) return WarmReady{};
    return no_answer("it has no id");
  }
  const auto id = number->as_int64();
  if (!id || *id < 1) return no_answer("its id is not one that was given");
  const WarmRequestId request{*id};
  const auto output = object.find("output"), error = object.find("error");
  // JSON-RPC 1.0 has both members in each answer, and null is the one that does not count.
  if (error && (!output || !error->is_null())) return failure_of(request, object, *error);
  if (output) return WarmOutput{.id = request, .json = output->raw()};
  if (const auto progress = object.find("progress")) return progress_of(request, object, *progress);
  if (const auto log = object.find("log")) return log_of(request, object, *log);
  return no_answer("it has none of output, error, progress and log");
}

void append_warm_request(std::string& out, WarmRequestId id, std::string_view input, std::string_view context) {
  char digits[24];
  const auto written = std::to_chars(digits, digits + sizeof digits, std::to_underlying(id));
  out.append("{\"id\":").append(digits, written.ptr).append(",\"input\":");
  const std::size_t begin = out.size();
  out.append(input);
  // Strict JSON has no line break inside a string, so these stand between parts.
  std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  out.append(",\"context\":").append(context).append("}\n");
}

}  // namespace orc
