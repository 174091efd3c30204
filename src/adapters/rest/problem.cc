#include "adapters/rest/problem.h"

#include <algorithm>
#include <array>

#include "adapters/json/json_writer.h"

namespace orc {
namespace {

// Fields whose names a sentence may start with: rules that a use case alone knows.
constexpr std::array<std::string_view, 2> known_fields = {"name", "scopes"};

}  // namespace

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return 422;
    case ErrorCode::unauthenticated:
      return 401;
    case ErrorCode::permission_denied:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::resource_exhausted:
      return 429;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

HttpResponse json_answer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.reserve(4);
  response.body = std::move(body);
  return response;
}

HttpResponse no_content() {
  HttpResponse response;
  response.status = 204;
  return response;
}

HttpResponse problem(int status, std::string_view sentence) {
  std::string body = "{\"detail\":";
  append_json_string(body, sentence);
  body += '}';
  HttpResponse response = json_answer(status, std::move(body));
  if (status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  if (status == 429 || status == 503) response.headers.push_back({"Retry-After", "1"});
  return response;
}

HttpResponse too_often(std::string_view what, std::chrono::seconds wait) {
  const std::string seconds = std::to_string(wait.count());
  HttpResponse response = problem(429, std::string(what) + "; try again in " + seconds + " s");
  for (HttpField& field : response.headers)
    if (field.name == "Retry-After") field.value = seconds;
  return response;
}

HttpResponse too_many_passwords() {
  return problem(429, "Too many passwords from this address are being checked or stored already; try again in a moment");
}

HttpResponse problem(const Error& error) {
  if (error.code == ErrorCode::invalid_argument) return unprocessable(fault_of_sentence(error.message));
  return problem(status_of(error.code), error.message);
}

HttpResponse fault_list(int status, std::span<const FieldFault> faults) {
  std::string body = "{\"detail\":";
  JsonWriter json(body);
  write_faults(json, faults);
  body += '}';
  return json_answer(status, std::move(body));
}

HttpResponse unprocessable(std::span<const FieldFault> faults) { return fault_list(422, faults); }

HttpResponse unprocessable(const FieldFault& fault) { return fault_list(422, {&fault, 1}); }

FieldFault fault_of_sentence(const std::string& sentence) {
  FieldFault fault{.loc = {"body"}, .msg = sentence, .type = "value_error"};
  const std::string_view first = std::string_view(sentence).substr(0, sentence.find(' '));
  if (std::ranges::find(known_fields, first) != known_fields.end()) fault.loc.emplace_back(std::string(first));
  return fault;
}

}  // namespace orc
