#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "adapters/cli/blob_upload.h"
#include "adapters/cli/client_commands.h"

namespace orc {

void add_blob_commands(CLI::App& app, ClientContext& context) {
  auto* blob = app.add_subcommand("blob", "Files for the inputs of jobs");
  blob->require_subcommand(1);
  blob->footer("Example:\n  orc blob put table.csv");
  auto* put = blob->add_subcommand("put", "Upload a file, and print what an input says in its place: {\"$blob\": \"sha256:…\"}");
  const auto file = std::make_shared<std::string>();
  put->add_option("FILE", *file, "Up to 64 MiB of anything")->required();
  add_client_action(*put, context,
                    "The plugin finds the path of the file there. What no job's input names within a day is removed; orc run and orc job "
                    "submit upload by\nthemselves with --file MEMBER=PATH.\n\n"
                    "Example:\n  orc run my-plugin \"{\\\"pages\\\": [$(orc blob put one.pdf), $(orc blob put two.pdf)]}\"",
                    [&context, file](ApiClient& client) -> Outcome<ExitCode> {
                      const auto reference = upload_file(context, client, *file);
                      if (!reference) return std::unexpected(reference.error());
                      context.out << *reference << "\n";
                      return ExitCode::ok;
                    });
}

}  // namespace orc
