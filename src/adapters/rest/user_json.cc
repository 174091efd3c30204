#include "adapters/rest/user_json.h"

#include <utility>

#include "adapters/json/time_text.h"

namespace orc {
namespace {

void write_api_key_members(JsonWriter& json, const ApiKey& key) {
  json.member("id", std::to_underlying(key.id));
  json.member("name", key.name);
  json.member("prefix", key.prefix);
  write_scopes(json, "scopes", key.scopes);
  json.member("created_at", time_text(key.created_at));
}

}  // namespace

void write_user(JsonWriter& json, const User& user) {
  json.begin_object();
  json.member("id", std::to_underlying(user.id));
  json.member("email", user.email);
  json.member("full_name", user.full_name);
  json.member("is_active", user.is_active);
  json.member("role", to_word(user.role));
  json.member("created_at", time_text(user.created_at));
  json.end_object();
}

std::string user_text(const User& user) {
  std::string text;
  JsonWriter json(text);
  write_user(json, user);
  return text;
}

void write_scopes(JsonWriter& json, std::string_view name, const std::vector<Scope>& scopes) {
  json.key(name).begin_array();
  for (const Scope scope : scopes) json.value(to_word(scope));
  json.end_array();
}

void write_api_key(JsonWriter& json, const ApiKey& key) {
  json.begin_object();
  write_api_key_members(json, key);
  json.end_object();
}

std::string new_api_key_text(const ApiKey& key, std::string_view secret) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_api_key_members(json, key);
  json.member("api_key", secret);
  json.end_object();
  return text;
}

}  // namespace orc
