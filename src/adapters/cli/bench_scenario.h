#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/cli/api_client.h"

namespace orc {

struct ScenarioOptions {
  std::string name;  // one of scenario_names()
  std::string plugin;
  std::string input = R"({"features":[5.1,3.5,1.4,0.2]})";
  int batch = 100;
  std::string query;  // of list, such as "status=completed"
};

struct Scenario {
  std::vector<std::string> requests;  // whole HTTP/1.1 requests
  int jobs_per_answer = 1;            // so that a batch counts its jobs
};

std::vector<std::string> scenario_names();

// Prepares a scenario: asks the server for the ids that `get` needs. Fails as ApiClient, and with usage for an unknown name.
Outcome<Scenario> prepare_scenario(ApiClient& client, const ScenarioOptions& options);

// Where "http://host:port" points to. Fails with usage for anything else.
struct HostAndPort {
  std::string host;
  std::uint16_t port = 80;
};
Outcome<HostAndPort> host_and_port(const std::string& url);

}  // namespace orc
