#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>
#include <memory>
#include <sstream>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/table.h"
#include "adapters/image/image_pull.h"
#include "adapters/image/image_store.h"
#include "adapters/image/stored_image_json.h"
#include "domain/plugin/image_reference.h"

namespace orc {
namespace {

struct ImageOptions {
  std::string file;
  std::string reference;
  std::string name;
  bool plain_http = false;
};

ImageStore store_of(const ClientContext& context) { return ImageStore(context.chosen_data_dir() / "images"); }

std::string size_words(std::uint64_t bytes) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << static_cast<double>(bytes) / (1024 * 1024) << " MiB";
  return text.str();
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

void show(ClientContext& context, const StoredImage& image) {
  if (context.flags.as_json) {
    context.out << to_json(image) << "\n";
    return;
  }
  context.out << "digest       " << image.digest << "\n";
  for (const std::string& digest : image.other_digests) context.out << "also         " << digest << "\n";
  context.out << "names        " << printable(joined(image.names)) << "\n"
              << "runs         " << printable(joined(image.config.program())) << "\n"
              << "starts in    " << printable(image.config.working_folder) << "\n"
              << "size         " << size_words(image.bytes) << " in " << image.files << " files\n";
  if (image.left_out > 0) context.out << "left out     " << image.left_out << " devices, pipes and sockets: no plugin gets any\n";
  for (const auto& [name, value] : image.config.environment) context.out << "environment  " << printable(name + "=" + value) << "\n";
}

Outcome<ExitCode> shown(ClientContext& context, const Result<StoredImage>& image) {
  if (!image) return std::unexpected(failure_of(image.error()));
  show(context, *image);
  return ExitCode::ok;
}

Outcome<ExitCode> list_images(ClientContext& context) {
  const auto images = store_of(context).list();
  if (!images) return std::unexpected(failure_of(images.error()));
  for (const std::string& fault : store_of(context).faults()) context.err << printable(fault) << "\n";
  if (context.flags.as_json) {
    std::string all;
    for (const StoredImage& image : *images) all += (all.empty() ? "" : ",") + to_json(image);
    context.out << "[" << all << "]\n";
    return ExitCode::ok;
  }
  Table table({{.title = "NAME", .width = Column::Width::may_shrink}, {.title = "DIGEST"}, {.title = "SIZE", .align = Align::right}});
  for (const StoredImage& image : *images)
    for (const std::string& name : image.names.empty() ? std::vector<std::string>{"(none)"} : image.names)
      table.add({{name}, {image.digest.substr(0, 19)}, {size_words(image.bytes)}});
  table.print(context.out, context.terminal);
  return ExitCode::ok;
}

Outcome<std::string> canonical_name(const std::string& text) {
  if (text.empty()) return text;
  const auto reference = parse_image_reference(text);
  if (!reference || !reference->digest.empty()) return stop_with(ExitCode::usage, "--name: '" + text + "' is no NAME:TAG");
  return reference->name();
}

Outcome<ExitCode> import(ClientContext& context, const ImageOptions& options) {
  const auto name = canonical_name(options.name);
  if (!name) return std::unexpected(name.error());
  return shown(context, store_of(context).import(options.file, *name));
}

Outcome<ExitCode> pull(ClientContext& context, const ImageOptions& options) {
  const auto reference = parse_image_reference(options.reference);
  if (!reference) return stop_with(ExitCode::usage, "'" + options.reference + "' is no image reference");
  const RegistryAccess access = options.plain_http ? RegistryAccess::plain_http : RegistryAccess::tls;
  const auto image = store_of(context).import_fetched(
      [&](const std::filesystem::path& folder) { return pull_image(*reference, access, folder); }, *reference);
  return shown(context, image);
}

Outcome<ExitCode> remove(ClientContext& context, const ImageOptions& options) {
  if (const auto removed = store_of(context).remove(options.reference); !removed) return std::unexpected(failure_of(removed.error()));
  context.out << "removed " << printable(options.reference) << "\n";
  return ExitCode::ok;
}

using Action = Outcome<ExitCode> (*)(ClientContext&, const ImageOptions&);

CLI::App* add_one(CLI::App& image, ClientContext& context, const std::string& verb, const std::string& does, const std::string& footer,
                  const std::shared_ptr<ImageOptions>& options, Action action) {
  auto* command = image.add_subcommand(verb, does);
  command->add_option("--data-dir", context.flags.data_dir, "Data directory of the worker that runs plugins from it (else ORC_DATA_DIR)");
  command->add_flag("--json", context.flags.as_json, "Print JSON for programs");
  command->footer(footer);
  command->callback([&context, options, action] { run_command(context, [&] { return action(context, *options); }); });
  return command;
}

}  // namespace

void add_image_commands(CLI::App& app, ClientContext& context) {
  auto* image = app.add_subcommand("image", "Container images that plugins of this host run from, without Docker");
  image->require_subcommand(1);
  const auto options = std::make_shared<ImageOptions>();
  auto* importing = add_one(
      *image, context, "import", "Take in an image from a file: an OCI layout, or what docker save wrote",
      "Examples:\n  docker save word-count:1 -o image.tar && orc image import image.tar\n  orc image import ./layout --name word-count:1",
      options, import);
  importing->add_option("FILE", options->file, "A tar, plain or packed with gzip or zstd, or a folder with an OCI layout")->required();
  importing->add_option("--name", options->name, "NAME:TAG to call it, instead of what it calls itself");
  auto* pulling = add_one(*image, context, "pull", "Fetch an image from its registry, by skopeo",
                          "Examples:\n  orc image pull ghcr.io/somebody/word-count:1\n  orc image pull 127.0.0.1:5000/one "
                          "--plain-http\n\nFor a registry that asks "
                          "who you are: skopeo login REGISTRY.",
                          options, pull);
  pulling->add_option("REFERENCE", options->reference, "[HOST[:PORT]/]NAME[:TAG][@sha256:DIGEST]")->required();
  pulling->add_flag("--plain-http", options->plain_http, "The registry speaks no TLS");
  add_one(*image, context, "list", "Every image of this data directory", "Example:\n  orc image list", options,
          [](ClientContext& client, const ImageOptions&) { return list_images(client); });
  auto* showing =
      add_one(*image, context, "show", "What an image runs", "Example:\n  orc image show word-count:1", options,
              [](ClientContext& client, const ImageOptions& given) { return shown(client, store_of(client).find(given.reference)); });
  showing->add_option("REFERENCE", options->reference, "Its name or its digest")->required();
  auto* removing = add_one(*image, context, "remove", "Take a name away, and the image with its last name",
                           "Examples:\n  orc image remove word-count:1\n  orc image remove sha256:0f5e…", options, remove);
  removing->add_option("REFERENCE", options->reference, "Its name or its digest")->required();
}

}  // namespace orc
