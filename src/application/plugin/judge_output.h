#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ports/schema_validator.h"

namespace orc {

// Why `output` is no result of a plugin with that output_schema (empty: any document is one), in a sentence for its author that quotes what
// was printed; nothing, if it is one. What is borrowed must live until the answer.
boost::asio::awaitable<std::optional<std::string>> why_no_result(SchemaValidator& schemas, const std::optional<std::string>& output_schema,
                                                                 std::string_view output);

}  // namespace orc
