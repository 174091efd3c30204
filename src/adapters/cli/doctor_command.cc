#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/doctor_checks.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

struct DoctorOptions {
  std::string data_dir;
  std::string docker_socket = "/var/run/docker.sock";
  std::string isolation = std::string(to_word(Isolation::strict));
};

std::string_view word_of(Finding::Verdict verdict) {
  switch (verdict) {
    case Finding::Verdict::ok:
      return "ok";
    case Finding::Verdict::warn:
      return "warn";
    case Finding::Verdict::bad:
      return "fail";
  }
  return "fail";
}

Colour colour_of(Finding::Verdict verdict) {
  switch (verdict) {
    case Finding::Verdict::ok:
      return Colour::green;
    case Finding::Verdict::warn:
      return Colour::yellow;
    case Finding::Verdict::bad:
      return Colour::red;
  }
  return Colour::red;
}

void print_json(ClientContext& context, const std::vector<Finding>& findings) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("checks").begin_array();
  for (const auto& finding : findings) {
    json.begin_object();
    json.member("subject", finding.subject);
    json.member("verdict", word_of(finding.verdict));
    json.member("found", finding.found);
    json.member("advice", finding.advice);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  context.out << text << "\n";
}

void print_lines(ClientContext& context, const std::vector<Finding>& findings) {
  for (const auto& finding : findings) {
    std::string verdict(word_of(finding.verdict));
    verdict.resize(5, ' ');
    std::string subject = finding.subject;
    subject.resize(12, ' ');
    context.out << coloured(context.terminal, colour_of(finding.verdict), verdict) << subject << printable(finding.found) << "\n";
    if (!finding.advice.empty()) context.out << "                 → " << printable(finding.advice) << "\n";
  }
}

Outcome<ExitCode> examine(ClientContext& context, const DoctorOptions& options) {
  const auto least = isolation_from_word(options.isolation);
  if (!least) return stop_with(ExitCode::usage, "--isolation is strict, container or none, not " + options.isolation);
  if (!options.data_dir.empty()) context.flags.data_dir = options.data_dir;
  const auto data_dir = context.chosen_data_dir();
  std::vector<Finding> findings = {check_launcher(context.launcher)};
  for (auto& finding : check_sandbox(context.launcher, *least)) findings.push_back(std::move(finding));
  findings.push_back(check_space(data_dir));
  findings.push_back(check_sync(data_dir));
  findings.push_back(check_descriptors());
  findings.push_back(check_clock());
  findings.push_back(check_docker(options.docker_socket));
  findings.push_back(
      check_model_server(context.environment("VLLM_URL").value_or(""), context.environment("ORC_MODEL_CA_FILE").value_or("")));
  if (context.check_nats) findings.push_back(context.check_nats(context.environment));
  if (context.flags.as_json) {
    print_json(context, findings);
  } else {
    print_lines(context, findings);
  }
  const bool has_failed = std::ranges::any_of(findings, [](const auto& finding) { return finding.verdict == Finding::Verdict::bad; });
  return has_failed ? ExitCode::negative : ExitCode::ok;
}

}  // namespace

void add_doctor_command(CLI::App& app, ClientContext& context) {
  auto* command = app.add_subcommand("doctor", "Check what this host can give to plugins, and say what would help");
  const auto options = std::make_shared<DoctorOptions>();
  command->add_option("--data-dir", options->data_dir, "Data directory to judge (else ORC_DATA_DIR)");
  command->add_option("--docker-socket", options->docker_socket, "Socket of the Docker Engine (/var/run/docker.sock)");
  command
      ->add_option("--isolation", options->isolation, "Least isolation of runs that orc serve is started with: strict, container or none")
      ->envname("ORC_ISOLATION")
      ->capture_default_str();
  command->add_flag("--json", context.flags.as_json, "Print JSON for programs");
  command->footer(
      "Each line is ok, warn or fail; the exit code is 1 if anything failed.\n\nExample:\n  orc doctor --json | jq '.checks[] | "
      "select(.verdict != \"ok\")'");
  command->callback([&context, options] { run_command(context, [&] { return examine(context, *options); }); });
}

}  // namespace orc
