#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/json/json_writer.h"
#include "domain/user/user.h"

namespace orc {

// An account as answers show it; never its password's hash.
void write_user(JsonWriter& json, const User& user);
std::string user_text(const User& user);

void write_scopes(JsonWriter& json, std::string_view name, const std::vector<Scope>& scopes);
void write_api_key(JsonWriter& json, const ApiKey& key);
// With the key itself, which is shown this once.
std::string new_api_key_text(const ApiKey& key, std::string_view secret);

}  // namespace orc
