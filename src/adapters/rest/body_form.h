#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "adapters/http/http_message.h"
#include "adapters/rest/route_table.h"

namespace orc {

// Judges Content-Type and Content-Encoding before a byte of the body is read. The answer to give (415, or 422 for a JSON body that is
// not there at all), or nothing if the body may come.
std::optional<HttpResponse> refuse_form(BodyForm wanted, const HttpRequestHead& head);

// Whether the head announces a body of at least one byte.
bool announces_body(const HttpRequestHead& head);

// The fields of an application/x-www-form-urlencoded body, in order. Nothing if it is not well formed: a '%' without two hexadecimal
// digits, bytes that are not UTF-8, or more than 100 fields.
std::optional<std::vector<HttpParameter>> read_form(std::string_view body);

}  // namespace orc
