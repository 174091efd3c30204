#include "app/deliberation_settings.h"

#include <algorithm>
#include <ranges>

#include "adapters/openai/model_endpoint.h"
#include "app/setting_readers.h"
#include "ports/deliberation_store.h"

namespace orc {
namespace {

constexpr std::int64_t first_token_seconds_max = 86'400;  // as long as a deliberation may take

Result<std::optional<ListenAddress>> grpc_address(const RawDeliberationSettings& raw) {
  if (raw.grpc_port.empty()) return parse_listen("--grpc-listen (ORC_GRPC_LISTEN)", raw.grpc_listen);
  const auto port = number_between("GRPC_PORT", raw.grpc_port, 1, 65'535);
  if (!port) return std::unexpected(port.error());
  const bool is_said = raw.grpc_listen != RawDeliberationSettings{}.grpc_listen;
  return parse_listen("--grpc-listen (ORC_GRPC_LISTEN)", is_said ? raw.grpc_listen : "127.0.0.1:" + raw.grpc_port);
}

Result<std::vector<std::string>> origins_of(const RawDeliberationSettings& raw) {
  constexpr std::string_view example = "a model server's address such as http://127.0.0.1:8000";
  if (!raw.vllm_url.empty())
    if (auto good = parse_model_endpoint(raw.vllm_url); !good) return bad_setting("VLLM_URL", raw.vllm_url, example);
  auto origins = comma_separated(raw.model_origins);
  if (origins.empty() && !raw.vllm_url.empty()) origins.push_back(raw.vllm_url);
  for (const std::string& one : origins)
    if (auto good = parse_model_endpoint(one); !good)
      return bad_setting("--model-origins (ORC_MODEL_ORIGINS)", one,
                         "addresses of model servers, comma-separated, such as http://127.0.0.1:8000");
  return origins;
}

// Read where a server at https may be asked: of those that are named, or of this host's, for which no authority vouches that others know.
Result<std::optional<TlsTrust>> trust_for(const std::vector<std::string>& origins, const std::string& ca_file) {
  const bool is_wanted = std::ranges::any_of(origins, [](const std::string& one) { return one.starts_with("https://"); });
  if (!is_wanted && ca_file.empty()) return std::optional<TlsTrust>();
  if (!is_wanted && !origins.empty())
    return fail(ErrorCode::invalid_argument,
                "--model-ca-file (ORC_MODEL_CA_FILE) is \"" + ca_file + "\", but none of --model-origins (VLLM_URL) is of https");
  auto trust = TlsTrust::load(ca_file, "--model-ca-file (ORC_MODEL_CA_FILE)");
  if (!trust) return fail(ErrorCode::invalid_argument, "--model-ca-file (ORC_MODEL_CA_FILE): " + trust.error().message);
  return std::optional(std::move(*trust));
}

// "http://a:8000,http://b:8000;http://c:8000,http://d:8000"
Result<std::vector<std::vector<std::string>>> replicas_of(std::string_view text) {
  constexpr std::string_view example =
      "groups of two or more model servers each, such as http://10.0.0.1:8000,http://10.0.0.2:8000, with a semicolon between two groups";
  std::vector<std::vector<std::string>> groups;
  if (text.empty()) return groups;
  for (const auto part : std::views::split(text, ';')) {
    const std::string group(part.begin(), part.end());
    auto servers = comma_separated(group);
    const bool is_good =
        servers.size() > 1 && std::ranges::all_of(servers, [](const std::string& one) { return parse_model_endpoint(one).has_value(); });
    if (!is_good) return bad_setting("--model-replicas (ORC_MODEL_REPLICAS)", group, example);
    groups.push_back(std::move(servers));
  }
  return groups;
}

constexpr std::string_view key_setting = "--model-api-key (ORC_MODEL_API_KEY)";

using Keys = std::map<std::string, std::string>;

// "https://a=KEY,https://b=KEY2". No sentence shows a part of it, which may be a key.
Result<Keys> keys_by_origin(const std::string& text, const std::vector<std::string>& origins) {
  Keys keys;
  for (const std::string& entry : comma_separated(text)) {
    const auto equals = entry.find('=');
    const std::string origin = entry.substr(0, equals);
    if (equals == std::string::npos || !parse_model_endpoint(origin))
      return fail(ErrorCode::invalid_argument,
                  std::string(key_setting) + " is no list of an origin and its key each, such as https://a=KEY,https://b=KEY2");
    const std::string key = entry.substr(equals + 1);
    if (auto good = check_secret(std::string(key_setting) + ", that of " + origin + ",", key); !good) return pass_on(good);
    if (key.empty() || !keys.emplace(origin, key).second)
      return fail(ErrorCode::invalid_argument,
                  std::string(key_setting) + " has " + (key.empty() ? "no key" : "two keys") + " for " + origin);
  }
  if (const auto good = ModelOrigins::create(origins, keys); !good)
    return fail(ErrorCode::invalid_argument, std::string(key_setting) + ": " + good.error().message + "; name it among --model-origins");
  return keys;
}

// Whether a key that is one's may be said to the other: to itself, in whatever words, and between servers of one's own.
bool are_of_one_operator(const std::vector<std::string>& origins, const std::vector<std::vector<std::string>>& replicas) {
  const auto same_host = [&](const std::string& one) {
    return parse_model_endpoint(one)->host == parse_model_endpoint(origins.front())->host;
  };
  const auto is_plain = [](const std::string& one) { return !one.starts_with("https://"); };
  const auto holds_all = [&](const std::vector<std::string>& group) {
    return std::ranges::all_of(origins, [&](const std::string& one) { return std::ranges::find(group, one) != group.end(); });
  };
  return std::ranges::all_of(origins, same_host) || std::ranges::all_of(origins, is_plain) || std::ranges::any_of(replicas, holds_all);
}

Result<Keys> keys_of(const std::string& text, const DeliberationSettings& settings) {
  const std::vector<std::string>& origins = settings.model_origins;
  Keys keys;
  if (text.empty()) return keys;
  if (origins.empty())
    return fail(ErrorCode::invalid_argument,
                std::string(key_setting) + " goes to the servers of --model-origins or VLLM_URL only: name them");
  if (text.starts_with("http://") || text.starts_with("https://")) return keys_by_origin(text, origins);
  if (auto good = check_secret(key_setting, text); !good) return pass_on(good);
  if (!are_of_one_operator(origins, settings.model_replicas))
    return fail(ErrorCode::invalid_argument,
                std::string(key_setting) +
                    " is one key, and --model-origins are several servers, of which one is at https://: say whose it is, as " +
                    origins.front() + "=KEY, with a comma between two such");
  for (const std::string& one : origins) keys.emplace(one, text);
  return keys;
}

}  // namespace

Result<DeliberationSettings> validate(const RawDeliberationSettings& raw, bool runs) {
  DeliberationSettings settings{.runs = runs};
  const auto listen = grpc_address(raw);
  if (!listen) return std::unexpected(listen.error());
  if (runs) settings.grpc_listen = *listen;

  if (auto good = check_secret("--grpc-token (ORC_GRPC_TOKEN)", raw.grpc_token); !good) return pass_on(good);
  settings.grpc_token = raw.grpc_token;
  if (raw.grpc_certificate.empty() != raw.grpc_key.empty())
    return fail(ErrorCode::invalid_argument,
                "--grpc-tls-cert (ORC_GRPC_TLS_CERT) and --grpc-tls-key (ORC_GRPC_TLS_KEY) belong together: name both files or none");
  settings.grpc_certificate = raw.grpc_certificate;
  settings.grpc_key = raw.grpc_key;

  auto origins = origins_of(raw);
  if (!origins) return pass_on(origins);
  settings.model_origins = std::move(*origins);
  auto trust = trust_for(settings.model_origins, raw.model_ca_file);
  if (!trust) return pass_on(trust);
  settings.model_trust = std::move(*trust);
  auto replicas = replicas_of(raw.model_replicas);
  if (!replicas) return pass_on(replicas);
  settings.model_replicas = std::move(*replicas);
  auto keys = keys_of(raw.model_api_key, settings);
  if (!keys) return pass_on(keys);
  settings.model_api_keys = std::move(*keys);
  const auto first_token = number_between("--model-first-token-seconds (ORC_MODEL_FIRST_TOKEN_SECONDS)", raw.model_first_token_seconds, 1,
                                          first_token_seconds_max);
  if (!first_token) return std::unexpected(first_token.error());
  settings.model_first_token = std::chrono::seconds{*first_token};
  if (raw.user_tokens_per_day != "none") {
    const auto tokens = whole_number(raw.user_tokens_per_day);
    if (!tokens || *tokens < 1 || *tokens > tokens_counted_max)
      return bad_setting("--user-tokens-per-day (ORC_USER_TOKENS_PER_DAY)", raw.user_tokens_per_day,
                         "a whole number from 1 to " + std::to_string(tokens_counted_max) + ", or none");
    settings.user_tokens_per_day = *tokens;
  }
  return settings;
}

}  // namespace orc
