#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "adapters/cli/doctor_checks.h"
#include "adapters/docker/engine_facts.h"

namespace orc {
namespace {

constexpr std::chrono::milliseconds patience{5'000};

}  // namespace

Finding check_docker(const std::filesystem::path& socket) {
  Finding finding{.subject = "docker", .found = {}, .advice = {}};
  boost::asio::io_context io(1);
  EngineClient engine(io.get_executor(), socket.string());
  auto asked = boost::asio::co_spawn(io, examine_engine(engine, patience), boost::asio::use_future);
  io.run();
  const Result<EngineFacts> facts = asked.get();
  if (!facts) {
    finding.verdict = Finding::Verdict::warn;
    finding.found = facts.error().message;
    finding.advice = "nothing, unless images shall run in Docker (--runtime docker)";
    return finding;
  }
  finding.found = "version " + facts->version + " at " + socket.string() + ", isolation " + std::string(to_word(facts->isolation));
  const std::string& lack = facts->problem.empty() ? facts->not_held : facts->problem;
  if (lack.empty()) return finding;
  finding.verdict = Finding::Verdict::warn;
  finding.found += ": " + lack;
  finding.advice = facts->problem.empty() ? "switch swap accounting on, or swap off"
                                          : "give Docker's cgroups these controllers; until then it runs no plugin";
  return finding;
}

}  // namespace orc
