#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_id.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/table.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

struct ArtifactOptions {
  std::int64_t job = 0;
  std::string name;
  std::string file;
  std::string path() const { return "/api/v1/jobs/" + std::to_string(job) + "/artifacts"; }
};

Outcome<ExitCode> list_artifacts(ClientContext& context, ApiClient& client, const ArtifactOptions& options) {
  return show_reply(context, client.get(options.path()), [&](JsonValue page) -> Outcome<ExitCode> {
    Table table({{.title = "NAME", .width = Column::Width::may_shrink}, {.title = "BYTES", .align = Align::right}});
    if (const auto items = page.find("items"))
      for (const JsonValue artifact : items->elements())
        table.add({{.text = text_of(artifact, "name")}, {.text = text_of(artifact, "bytes")}});
    if (table.is_empty())
      context.err << "job " << options.job << " has left no files\n";
    else
      table.print(context.out, context.terminal);
    return ExitCode::ok;
  });
}

Outcome<ExitCode> fetch(ClientContext& context, ApiClient& client, const ArtifactOptions& options) {
  auto reply = client.get(options.path() + "/" + percent_encoded(options.name));
  if (!reply) return std::unexpected(reply.error());
  if (options.file == "-") {
    context.out << reply->body() << std::flush;
    return ExitCode::ok;
  }
  const std::string file = options.file.empty() ? options.name : options.file;
  std::error_code problem;
  if (options.file.empty() && std::filesystem::exists(file, problem))
    return stop_with(ExitCode::usage, file + " is there already; say where to with -o FILE");
  if (const auto written = write_file(file, reply->body(), 0644); !written) return std::unexpected(failure_of(written.error()));
  context.err << printable(file) << ", " << words_of_bytes(std::to_string(reply->body().size())) << "\n";
  return ExitCode::ok;
}

}  // namespace

void add_artifacts_command(CLI::App& job, ClientContext& context) {
  auto* command = job.add_subcommand("artifacts", "List the files that a job left in its output folder, or fetch one");
  const auto options = std::make_shared<ArtifactOptions>();
  command->add_option("ID", options->job, "Id of the job")->required()->check(job_id());
  command->add_option("NAME", options->name, "Fetch this one");
  command->add_option("-o,--output", options->file, "Where to, or - for the output (a file of that name)");
  add_client_action(*command, context,
                    "Examples:\n  orc job artifacts 17\n  orc job artifacts 17 plot.png\n  orc job artifacts 17 table.csv -o - | head",
                    [&context, options](ApiClient& client) {
                      return options->name.empty() ? list_artifacts(context, client, *options) : fetch(context, client, *options);
                    });
}

}  // namespace orc
