#pragma once

#include <CLI/CLI.hpp>

#include "app/deliberation_settings.h"

namespace orc {

// Secrets are best given by the environment or --env-file: an argument can be read by everybody on the host.
inline void add_deliberation_flags(CLI::App& command, RawDeliberationSettings& raw) {
  const std::string group = "Deliberations";
  command.add_option("--grpc-listen", raw.grpc_listen, "gRPC: host:port, port 0 for any free one, or off")
      ->envname("ORC_GRPC_LISTEN")
      ->capture_default_str()
      ->group(group);
  command.add_option("--grpc-token", raw.grpc_token, "Bearer token that gRPC clients must say; better in ORC_GRPC_TOKEN")
      ->envname("ORC_GRPC_TOKEN")
      ->type_name("SECRET")
      ->group(group);
  command.add_option("--grpc-tls-cert", raw.grpc_certificate, "PEM file with the certificate: gRPC speaks TLS")
      ->envname("ORC_GRPC_TLS_CERT")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--grpc-tls-key", raw.grpc_key, "PEM file with its key")->envname("ORC_GRPC_TLS_KEY")->type_name("FILE")->group(group);
  command
      .add_option("--model-origins", raw.model_origins,
                  "Model servers that may be asked, comma-separated; default: that of VLLM_URL, else any port of 127.0.0.1, [::1] and "
                  "localhost but our own")
      ->envname("ORC_MODEL_ORIGINS")
      ->type_name("URL,...")
      ->group(group);
  command
      .add_option(
          "--model-replicas", raw.model_replicas,
          "Model servers that serve the same models, comma-separated, with ; between two such groups: a call for one of a group goes "
          "to the one with the fewest open calls. Each must be allowed by --model-origins")
      ->envname("ORC_MODEL_REPLICAS")
      ->type_name("URL,...;...")
      ->group(group);
  command
      .add_option("--model-ca-file", raw.model_ca_file,
                  "PEM file of the authorities that vouch for model servers at https://; default: those of this host")
      ->envname("ORC_MODEL_CA_FILE")
      ->type_name("FILE")
      ->group(group);
  command
      .add_option("--model-first-token-seconds", raw.model_first_token_seconds,
                  "How long a model may take until its first token; more where a server does not stream, or hides how a model reasons")
      ->envname("ORC_MODEL_FIRST_TOKEN_SECONDS")
      ->capture_default_str()
      ->type_name("SECONDS")
      ->group(group);
  command
      .add_option(
          "--user-tokens-per-day", raw.user_tokens_per_day,
          "Tokens that the deliberations of one account may use which it submits within a day, or none: then no more than each one's "
          "budget says")
      ->envname("ORC_USER_TOKENS_PER_DAY")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--model-api-key", raw.model_api_key,
                  "Said to these servers and no others: one key, or https://a=KEY,https://b=KEY2; better in ORC_MODEL_API_KEY")
      ->envname("ORC_MODEL_API_KEY")
      ->type_name("SECRET")
      ->group(group);
}

}  // namespace orc
