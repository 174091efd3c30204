#pragma once

#include <string>

#include "adapters/crypto/callback_secrets.h"
#include "domain/callback/callback.h"
#include "domain/callback/callback_url.h"

namespace orc {

// {"type": "job.completed", "timestamp": …, "data": {…}}, as docs/callbacks.md describes it: the same for all tries. The job's result is
// not in it: whoever may have it asks for the job.
std::string callback_body(const DueCallback& callback);

// The whole request, HTTP/1.1, signed as of `now`.
std::string callback_request(const DueCallback& callback, const CallbackUrl& url, const CallbackSecrets& secrets, Timestamp now);

// What a receiver's header block says about the callback. Errors: unavailable, if it is none of HTTP.
Result<CallbackAnswer> read_callback_answer(std::string_view head);

// Of the status line; nothing, if it is none.
std::optional<int> status_of_head(std::string_view head);

}  // namespace orc
