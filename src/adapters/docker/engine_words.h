#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/result.h"

namespace orc {

// What an engine said, fit for a message of ours: well-formed, in one line, at most engine_message_bytes_max.
std::string bounded_words(std::string_view text);

// The error of an answer of this status: {"message": "…"} or any other text, quoted (engine_client.h lists the codes).
Error engine_refusal(int status, std::string_view body);

// Why an engine could not pull an image, by its words: not_found, if no registry has one of that name for this machine; permission_denied,
// if it is given to nobody unknown; otherwise unavailable: a registry that is away, a full disk.
ErrorCode kind_of_failed_pull(std::string_view words);

// The version of the API that we and an engine speak, which offers `newest` ("1.41"), written "MAJOR.MINOR".
// Errors: unavailable, if it is none or none that we speak.
Result<std::string> agreed_api_version(std::string_view newest);

}  // namespace orc
