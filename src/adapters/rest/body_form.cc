#include "adapters/rest/body_form.h"

#include <algorithm>
#include <array>

#include "adapters/json/utf8.h"
#include "adapters/rest/problem.h"

namespace orc {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr std::array<std::string_view, 9> archive_types = {
    "application/x-tar",  "application/tar",    "application/gzip",         "application/x-gzip",          "application/zstd",
    "application/x-zstd", "application/x-gtar", "application/octet-stream", "application/x-compressed-tar"};
constexpr std::size_t form_fields_max = 100;

bool is_another_charset(std::string_view content_type) {
  std::size_t at = content_type.find(';');
  while (at != std::string_view::npos) {
    std::string_view parameter = content_type.substr(at + 1);
    parameter = parameter.substr(0, parameter.find(';'));
    at = content_type.find(';', at + 1);
    while (parameter.starts_with(' ') || parameter.starts_with('\t')) parameter.remove_prefix(1);
    while (parameter.ends_with(' ') || parameter.ends_with('\t')) parameter.remove_suffix(1);
    constexpr std::string_view name = "charset=";
    if (!same_ignoring_case(parameter.substr(0, name.size()), name)) continue;
    parameter.remove_prefix(name.size());
    if (parameter.size() > 1 && parameter.starts_with('"') && parameter.ends_with('"'))
      parameter = parameter.substr(1, parameter.size() - 2);
    if (!same_ignoring_case(parameter, "utf-8") && !same_ignoring_case(parameter, "utf8")) return true;
  }
  return false;
}

bool is_wanted_type(BodyForm wanted, std::string_view type) {
  switch (wanted) {
    case BodyForm::none:
    case BodyForm::bytes:
      return true;
    case BodyForm::json:
      return type == "application/json";
    case BodyForm::json_or_form:
      return type == "application/json" || type == form_type;
    case BodyForm::archive:
      return std::ranges::find(archive_types, type) != archive_types.end();
  }
  return false;
}

std::string_view sentence_for(BodyForm wanted) {
  switch (wanted) {
    case BodyForm::none:
    case BodyForm::bytes:
      return "Unsupported Media Type";
    case BodyForm::json:
      return "Unsupported Media Type: send application/json in UTF-8";
    case BodyForm::json_or_form:
      return "Unsupported Media Type: send application/x-www-form-urlencoded or application/json, in UTF-8";
    case BodyForm::archive:
      return "Unsupported Media Type: send a tar as application/x-tar, application/gzip or application/zstd";
  }
  return {};
}

HttpResponse missing_body() {
  const FieldFault fault{.loc = {"body"}, .msg = "Field required", .type = "missing"};
  return unprocessable(fault);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') return (c | 0x20) - 'a' + 10;
  return -1;
}

std::optional<std::string> form_text(std::string_view coded) {
  std::string text;
  text.reserve(coded.size());
  for (std::size_t i = 0; i < coded.size(); ++i) {
    if (coded[i] != '%') {
      text += coded[i] == '+' ? ' ' : coded[i];
      continue;
    }
    if (i + 2 >= coded.size() || hex_value(coded[i + 1]) < 0 || hex_value(coded[i + 2]) < 0) return std::nullopt;
    text += static_cast<char>(hex_value(coded[i + 1]) * 16 + hex_value(coded[i + 2]));
    i += 2;
  }
  return is_utf8(text) ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace

bool announces_body(const HttpRequestHead& head) {
  if (head.headers.find("transfer-encoding")) return true;
  const std::string_view length = head.headers.value_of("content-length");
  return length.find_first_not_of('0') != std::string_view::npos;
}

std::optional<HttpResponse> refuse_form(BodyForm wanted, const HttpRequestHead& head) {
  if (wanted == BodyForm::none) return std::nullopt;
  const auto coding = head.headers.find("content-encoding");
  if (coding && !same_ignoring_case(*coding, "identity"))
    return problem(415, "Unsupported Media Type: a body with Content-Encoding is not taken; send it as it is");
  const auto type = head.headers.find("content-type");
  if (!type) {
    const bool optional_type = wanted == BodyForm::bytes || wanted == BodyForm::archive;
    if (optional_type) return std::nullopt;
    return announces_body(head) ? problem(415, sentence_for(wanted)) : missing_body();
  }
  const bool right = head.headers.count("content-type") == 1 && is_wanted_type(wanted, head.media_type());
  const bool is_text = wanted == BodyForm::json || wanted == BodyForm::json_or_form;
  if (!right || (is_text && is_another_charset(*type))) return problem(415, sentence_for(wanted));
  return std::nullopt;
}

std::optional<std::vector<HttpParameter>> read_form(std::string_view body) {
  std::vector<HttpParameter> fields;
  while (!body.empty()) {
    const std::size_t size = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, size);
    body.remove_prefix(std::min(size + 1, body.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = form_text(pair.substr(0, equals));
    auto value = form_text(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || fields.size() == form_fields_max) return std::nullopt;
    fields.push_back({std::move(*name), std::move(*value)});
  }
  return fields;
}

}  // namespace orc
