#include "adapters/docker/engine_images.h"

#include <algorithm>

#include "adapters/docker/engine_words.h"
#include "adapters/json/json_document.h"
#include "domain/plugin/image_reference.h"

namespace orc {
namespace {

constexpr std::string_view digest_scheme = "sha256:";

std::vector<std::string> texts_of(JsonValue object, std::string_view key) {
  std::vector<std::string> texts;
  const auto value = object.find(key);
  if (!value) return texts;
  for (const JsonValue element : value->elements()) texts.push_back(element.as_string().value_or(""));
  return texts;
}

// Of RepoDigests: "host/path@sha256:…". Any will do, since the bytes are the same.
std::string digest_of(JsonValue image) {
  for (const std::string& named : texts_of(image, "RepoDigests"))
    if (const auto at = named.find('@'); at != std::string::npos && named.substr(at + 1).starts_with(digest_scheme))
      return named.substr(at + 1);
  return {};
}

Result<EngineImage> image_of(std::string_view body) {
  const auto document = JsonDocument::parse(body);
  const auto id = document ? document->root().find("Id") : std::nullopt;
  const auto config = document ? document->root().find("Config") : std::nullopt;
  if (!id || !id->is_string() || !id->string().starts_with(digest_scheme) || !config)
    return fail(ErrorCode::unavailable, "Docker tells of an image in what is none of its answers");
  EngineImage image{.id = id->string(),
                    .digest = digest_of(document->root()),
                    .entrypoint = texts_of(*config, "Entrypoint"),
                    .command = texts_of(*config, "Cmd"),
                    .environment = texts_of(*config, "Env"),
                    .volumes = {}};
  if (const auto volumes = config->find("Volumes"))
    for (const JsonMember volume : volumes->members()) image.volumes.push_back(volume.key.string());
  return image;
}

// What a person can do about it depends on what kept the image from coming.
Error explain_failed_pull(const std::string& image, Error failed) {
  const ErrorCode kind = failed.code == ErrorCode::unavailable ? kind_of_failed_pull(failed.message) : failed.code;
  switch (kind) {
    case ErrorCode::not_found:
      return {kind, "there is no image " + image + ": " + failed.message};
    case ErrorCode::permission_denied:
      return {kind, "the image " + image +
                        " may not be pulled without credentials, and none are sent: pull it at the engine beforehand: " + failed.message};
    case ErrorCode::unavailable:
    case ErrorCode::resource_exhausted:
      return {kind, "the image " + image + " could not be pulled now: " + failed.message};
    case ErrorCode::invalid_argument:
    case ErrorCode::unauthenticated:
    case ErrorCode::conflict:
    case ErrorCode::internal:
      break;
  }
  return {kind, "the image " + image + " cannot be pulled: " + failed.message};
}

Async<EngineImage> inspect(EngineClient& engine, const std::string& name, HangUp& hang_up) {
  auto reply = co_await engine.ask({.target = "/images/" + name + "/json", .hang_up = &hang_up});
  if (!reply) co_return pass_on(reply);
  co_return image_of(reply->body);
}

}  // namespace

Async<EngineImage> engine_image(EngineClient& engine, std::string name, std::chrono::milliseconds pull_patience, HangUp& hang_up,
                                TellLine tell) {
  const auto reference = parse_image_reference(name);
  if (!reference) co_return fail(ErrorCode::invalid_argument, "\"" + bounded_words(name) + "\" is no image reference");
  const std::string canonical = reference->canonical();  // nothing in it needs encoding in a path
  auto image = co_await inspect(engine, canonical, hang_up);
  if (image || image.error().code != ErrorCode::not_found) co_return image;

  tell("pulling " + canonical);
  PullProgress progress;
  EngineCall pull{.method = "POST",
                  .target = "/images/create?fromImage=" + query_encoded(canonical),
                  .body = {},
                  .patience = pull_patience,
                  .hang_up = &hang_up};
  auto pulled = co_await engine.follow(std::move(pull), [&](std::string_view part) -> Result<void> { return progress.add(part, tell); });
  if (!pulled) co_return std::unexpected(explain_failed_pull(canonical, std::move(pulled).error()));
  image = co_await inspect(engine, canonical, hang_up);
  if (image) tell("pulled " + canonical + (image->digest.empty() ? "" : ", " + image->digest));
  co_return image;
}

}  // namespace orc
