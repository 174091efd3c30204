#include "adapters/docker/engine_words.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "adapters/docker/engine_client.h"
#include "adapters/json/json_document.h"
#include "adapters/sandbox/captured_log.h"

namespace orc {
namespace {

// Of version 1: the oldest that answers all that we ask, and the newest that we know.
constexpr int oldest_minor = 40;
constexpr int newest_minor = 47;

// 408 and 429 come from a registry behind the engine that asks for patience.
ErrorCode code_of(int status) {
  if (status == 404) return ErrorCode::not_found;
  if (status == 409) return ErrorCode::conflict;
  return status >= 500 || status == 408 || status == 429 ? ErrorCode::unavailable : ErrorCode::invalid_argument;
}

bool holds_one_of(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::ranges::any_of(parts, [text](std::string_view part) { return text.contains(part); });
}

std::string message_of(std::string_view body) {
  const auto document = JsonDocument::parse(body);
  if (!document) return std::string(body);
  const auto message = document->root().find("message");
  const auto text = message ? message->as_string() : std::nullopt;
  return text ? *text : std::string(body);
}

}  // namespace

std::string bounded_words(std::string_view text) {
  std::string words = well_formed(text.substr(0, engine_message_bytes_max));
  std::ranges::replace_if(words, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  words.erase(words.find_last_not_of(' ') + 1);
  return text.size() > engine_message_bytes_max ? words + " …" : words;
}

Error engine_refusal(int status, std::string_view body) {
  const std::string words = bounded_words(message_of(body));
  return {code_of(status), "Docker says: " + (words.empty() ? "status " + std::to_string(status) : words)};
}

ErrorCode kind_of_failed_pull(std::string_view words) {
  // First, since the name of a host that cannot be found is "not found" as well.
  if (holds_one_of(words, {"dial ", "lookup ", "i/o timeout", "Client.Timeout", "TLS handshake", "toomanyrequests"}))
    return ErrorCode::unavailable;
  if (holds_one_of(words, {"manifest unknown", "name unknown", "not found", "does not exist", "no matching manifest"}))
    return ErrorCode::not_found;
  if (holds_one_of(words, {"unauthorized", "authentication required", "access denied", "is denied", "no basic auth credentials"}))
    return ErrorCode::permission_denied;
  return ErrorCode::unavailable;
}

Result<std::string> agreed_api_version(std::string_view newest) {
  constexpr std::string_view major = "1.";
  int minor = -1;
  const std::string_view digits = newest.starts_with(major) ? newest.substr(major.size()) : std::string_view();
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), minor);
  if (error != std::errc() || end != digits.end() || minor < oldest_minor)
    return fail(ErrorCode::unavailable, "Docker speaks version \"" + bounded_words(newest.substr(0, 40)) +
                                            "\" of its API, and at least 1." + std::to_string(oldest_minor) + " (Docker 19.03) is needed");
  return std::string(major) + std::to_string(std::min(minor, newest_minor));
}

}  // namespace orc
