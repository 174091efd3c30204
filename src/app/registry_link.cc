#include "app/registry_link.h"

namespace orc {
namespace {

constexpr std::chrono::milliseconds change_max{30'000};  // packages included

}  // namespace

RegistryElsewhere RegistryLink::questions() {
  return [this](RegistryQuestion question) { return ask(std::move(question)); };
}

Async<HttpReply> RegistryLink::ask(RegistryQuestion question) {
  const bool changes = question.method != "GET";
  std::vector<HttpField> headers;
  if (!question.content_type.empty()) headers.push_back({"Content-Type", std::move(question.content_type)});
  // Whoever may reach a registry may read there.
  if (changes && question.asker && !has_token_) {
    auto authorization = co_await authorization_of(*question.asker);
    if (!authorization) co_return pass_on(authorization);
    headers.push_back(std::move(*authorization));
  }
  if (auto refused = plugins_.refusal()) co_return std::unexpected(std::move(*refused));
  RegistryClient& client = changes ? changes_ : handed_on_;
  auto reply = co_await client.send({.method = std::move(question.method),
                                     .target = std::move(question.target),
                                     .headers = std::move(headers),
                                     .body = std::move(question.body),
                                     .timeout = changes ? change_max : RegistryRequest::question_max});
  plugins_.heard(reply);
  if (changes) plugins_.forget();
  co_return reply;
}

void RegistryLink::stop() {
  for (RegistryClient* client : {&questions_, &handed_on_, &changes_}) client->stop();
}

Async<HttpField> RegistryLink::authorization_of(UserId asker) {
  auto user = co_await users_.get(asker);
  if (!user) co_return pass_on(user);
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
  const std::string token = signer_.sign(
      {.user = asker, .use = TokenUse::plugin_registry, .expires_at = now + token_lifetime, .issued_at = now, .epoch = user->epoch});
  co_return HttpField{"Authorization", "Bearer " + token};
}

}  // namespace orc
