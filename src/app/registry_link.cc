#include "app/registry_link.h"

namespace orc {
namespace {

constexpr std::chrono::seconds answer_max{30};  // packages included

}  // namespace

RegistryElsewhere RegistryLink::questions() {
  return [this](RegistryQuestion question) { return ask(std::move(question)); };
}

Async<HttpReply> RegistryLink::ask(RegistryQuestion question) {
  const bool changes = question.method != "GET";
  auto reply = co_await client_.send({.method = std::move(question.method),
                                      .target = std::move(question.target),
                                      .headers = std::move(question.headers),
                                      .body = std::move(question.body),
                                      .timeout = answer_max});
  if (changes) plugins_.forget();
  co_return reply;
}

}  // namespace orc
