#include "app/runner_command.h"

#include "app/equipment_flags.h"

namespace orc {

void add_runner_flags(CLI::App& command, RawRunnerSettings& raw) {
  command.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);  // so that a script can append its own
  command
      .add_option("--api", raw.api,
                  "The server's API, such as https://orc.example.org behind a proxy that speaks TLS, or http:// on this host")
      ->envname("ORC_URL")
      ->type_name("URL");
  command.add_option("--ca-file", raw.ca_file, "Certificate authorities (PEM) that vouch for an --api of https; default: this host's")
      ->envname("ORC_CA_FILE")
      ->type_name("FILE");
  command.add_option("--token-file", raw.token_file, "File whose first line is an API key with scope worker")
      ->envname("ORC_TOKEN_FILE")
      ->type_name("FILE");
  command.add_option("--token", raw.token, "The key itself; everybody on this host can read it here, so rather set ORC_TOKEN")
      ->envname("ORC_TOKEN");
  command.add_option("--workers", raw.workers, "Plugin runs at once; default: cores")->envname("ORC_WORKERS");
  add_equipment_flags(command, raw.equipment, equipment_names_of_runner, "Options");
  command.add_option("--name", raw.name, "Name that people see; default: host and process")->envname("ORC_RUNNER_NAME");
  command.add_option("--data-dir", raw.data_dir, "Folder for unpacked plugins and sandboxes; one process owns it")
      ->envname("ORC_RUNNER_DATA_DIR")
      ->type_name("DIR");
  command.add_option("--isolation", raw.isolation, "Least isolation a run may have: strict, container or none")
      ->envname("ORC_ISOLATION")
      ->capture_default_str();
  command.add_option("--isolation-most", raw.isolation_most, "Strongest isolation to use; runs get what the host can give up to here")
      ->envname("ORC_ISOLATION_MOST")
      ->capture_default_str();
  command.add_option("--sandbox-uids", raw.sandbox_uids, "FIRST-LAST: uids for plugin runs when started by root, or auto")
      ->envname("ORC_SANDBOX_UIDS")
      ->capture_default_str();
  command.add_option("--runtime", raw.runtime, "Where plugins that are images run: sandbox or docker")
      ->envname("ORC_RUNTIME")
      ->capture_default_str();
  command.add_option("--docker-socket", raw.docker_socket, "Socket of the Docker Engine, for --runtime docker")
      ->envname("ORC_DOCKER_SOCKET")
      ->capture_default_str();
  command.add_option("--stop-seconds", raw.stop_seconds, "How long running jobs may go on after SIGTERM")
      ->envname("ORC_STOP_SECONDS")
      ->capture_default_str();
  command.add_option("--log-level", raw.log_level, "debug, info, warning or error")->envname("LOG_LEVEL")->capture_default_str();
  command.footer(
      "Examples:\n  orc runner --api https://orc.example.org --token-file worker.key\n  ORC_TOKEN=orc_... orc runner --api "
      "http://127.0.0.1:5900 "
      "--workers 8 --data-dir ./runner\n\nSIGTERM lets what runs end (--stop-seconds), gives the rest back and leaves; a second one leaves "
      "at once.");
}

CLI::App* add_runner_command(CLI::App& app, RawRunnerSettings& raw) {
  CLI::App* const runner = app.add_subcommand("runner", "Run jobs of a server elsewhere, on this host");
  add_runner_flags(*runner, raw);
  return runner;
}

}  // namespace orc
