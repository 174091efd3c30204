#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/tls_trust.h"
#include "app/listen_address.h"
#include "domain/result.h"

namespace orc {

// What `orc serve` was told about deliberations, as it was typed.
struct RawDeliberationSettings {
  std::string grpc_listen = "127.0.0.1:50056";
  std::string grpc_port;  // GRPC_PORT: the port alone; --grpc-listen wins
  std::string grpc_token;
  std::string grpc_certificate;
  std::string grpc_key;
  std::string model_origins;  // empty: that of vllm_url
  std::string vllm_url;
  std::string model_replicas;
  std::string model_ca_file;
  std::string model_api_key;
  std::string model_first_token_seconds = "60";
  std::string user_tokens_per_day = "none";
};

struct DeliberationSettings {
  bool runs = true;                          // this process runs the deliberations of its database, if no other one does
  std::optional<ListenAddress> grpc_listen;  // nothing: off
  std::string grpc_token;                    // that clients must say; empty: none. A secret.
  std::string grpc_certificate;              // PEM files, both or none: then gRPC speaks TLS
  std::string grpc_key;
  std::vector<std::string> model_origins;                // that may be asked; empty: 127.0.0.1, [::1] and localhost
  std::vector<std::vector<std::string>> model_replicas;  // groups of servers with the same models: a call for one goes to any of its group
  std::optional<TlsTrust> model_trust;                   // who vouches for those at https; nothing: none of them is asked
  std::map<std::string, std::string> model_api_keys;     // by origin, each one of model_origins. Secrets.
  std::chrono::seconds model_first_token{60};            // how long a model may be silent before its first token
  std::optional<std::int64_t> user_tokens_per_day;       // of deliberations of one account; nothing: as many as it likes

  bool speaks_tls() const { return !grpc_certificate.empty(); }
};

// `runs`: the process has the role executor; without it nothing listens. Errors: invalid_argument, as in setting_readers.h; never shows a
// secret.
Result<DeliberationSettings> validate(const RawDeliberationSettings& raw, bool runs);

}  // namespace orc
