#include "application/job/payloads.h"

namespace orc {

Async<Payload> Payloads::keep(std::string text) {
  if (!is_long(text)) co_return Payload{.text = std::move(text), .blob = {}};
  auto hash = co_await blobs_.put(std::move(text));
  if (!hash) co_return pass_on(hash);
  co_return Payload{.text = {}, .blob = *hash};
}

Async<std::vector<ContentHash>> Payloads::keep_long(std::vector<std::string_view> texts) {
  if (texts.empty()) co_return std::vector<ContentHash>{};
  co_return co_await blobs_.put_all(std::move(texts));
}

Async<std::string> Payloads::text_of(Payload payload) {
  if (!payload.blob) co_return std::move(payload.text);
  co_return co_await blobs_.get(*payload.blob);
}

Async<void> Payloads::resolve(Job& job) {
  Payload* const both[] = {&job.input, job.result ? &*job.result : nullptr};
  for (Payload* payload : both) {
    if (!payload || !payload->blob) continue;
    auto text = co_await blobs_.get(*payload->blob);
    if (!text) co_return pass_on(text);
    *payload = {.text = std::move(*text), .blob = {}};
  }
  co_return Result<void>{};
}

}  // namespace orc
