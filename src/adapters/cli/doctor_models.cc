#include "adapters/cli/doctor_checks.h"
#include "adapters/http/http_client.h"

namespace orc {
namespace {

constexpr std::chrono::milliseconds model_patience{2'000};
constexpr std::uint64_t reply_bytes_max = std::uint64_t{1} << 20;

}  // namespace

Finding check_model_server(const std::string& url, const std::string& ca_file) {
  Finding finding{.subject = "models", .found = "VLLM_URL names none; deliberations may ask any port of this host but ours"};
  if (url.empty()) return finding;
  auto trust = TlsTrust::for_server(url, ca_file, "ORC_MODEL_CA_FILE");
  auto client = trust ? HttpClient::create(url, std::move(*trust)) : Result<HttpClient>(pass_on(trust));
  if (!client) {
    finding.verdict = Finding::Verdict::bad;
    finding.found = "VLLM_URL: " + client.error().message;
    finding.advice =
        "set it to a model server's address, such as http://127.0.0.1:8000, and ORC_MODEL_CA_FILE to who vouches for one at https";
    return finding;
  }
  client->set_reply_max(reply_bytes_max);
  const auto reply = client->request("GET", "/v1/models", {}, {}, model_patience);
  finding.found = url + (reply ? " answers (status " + std::to_string(reply->status) + ")" : ": " + reply.error().message);
  if (reply) return finding;
  finding.verdict = Finding::Verdict::warn;
  finding.advice = "start it, or set VLLM_URL to another one; until then deliberations fail";
  return finding;
}

}  // namespace orc
