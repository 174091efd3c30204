#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

#include "adapters/http/http_grammar.h"
#include "adapters/http/http_message.h"

namespace orc {

// Reads a request target (RFC 9112 section 3.2) into `head`: target, path, query and query_parameters.
// Origin form, "*" of OPTIONS, and the absolute form "http://authority/path" if its authority is that of `host`, are understood.
// 400 for everything else, and for a path that could mean a different one to somebody who decodes twice, folds dots or cuts at ';' or NUL.
std::expected<void, HttpRefusal> read_request_target(std::string_view target, std::string_view host, std::size_t parameters_max,
                                                     HttpRequestHead& head);

}  // namespace orc
