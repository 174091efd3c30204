#include "adapters/cli/server_address.h"

#include <optional>
#include <sys/stat.h>

#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

constexpr std::size_t file_bytes_max = 64 * 1024;

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

struct KeptAddress {
  std::string url;
  std::string token;
  std::string ca_file;
};

// A file {"url", `token_name`}; nothing if it is not there.
Outcome<std::optional<KeptAddress>> read_kept(const std::filesystem::path& path, std::string_view token_name) {
  const auto text = read_file(path, file_bytes_max);
  if (!text && text.error().code == ErrorCode::not_found) return std::nullopt;
  if (!text) return std::unexpected(failure_of(text.error()));
  const auto document = JsonDocument::parse(*text);
  const auto url = document ? document->root().find("url") : std::nullopt;
  const auto token = document ? document->root().find(token_name) : std::nullopt;
  if (!url || !url->is_string() || !token || !token->is_string())
    return stop_with(ExitCode::usage, path.string() + " is damaged; remove it" + (token_name == "token" ? " and run: orc login URL" : ""));
  const auto ca_file = document->root().find("ca_file");
  return KeptAddress{.url = without_slash(url->string()),
                     .token = token->string(),
                     .ca_file = ca_file && ca_file->is_string() ? ca_file->string() : std::string()};
}

bool names_data_dir(const ClientContext& context) {
  return !context.flags.data_dir.empty() || !context.environment("ORC_DATA_DIR").value_or("").empty();
}

}  // namespace

std::filesystem::path ClientContext::chosen_data_dir() const {
  if (!flags.data_dir.empty()) return flags.data_dir;
  const auto named = environment("ORC_DATA_DIR");
  return named && !named->empty() ? std::filesystem::path(*named) : data_dir;
}

std::filesystem::path credentials_path(const ClientContext& context) {
  const auto config = context.environment("XDG_CONFIG_HOME");
  if (config && !config->empty()) return std::filesystem::path(*config) / "orc" / "credentials.json";
  return std::filesystem::path(context.environment("HOME").value_or("/")) / ".config" / "orc" / "credentials.json";
}

Outcome<ServerAddress> find_server(const ClientContext& context) {
  using enum ServerAddress::Source;
  auto remembered = read_kept(credentials_path(context), "token");
  if (!remembered) return std::unexpected(remembered.error());
  auto local = read_kept(context.chosen_data_dir() / "cli.json", "api_key");
  if (!local) return std::unexpected(local.error());

  ServerAddress server;
  const auto url_variable = context.environment("ORC_URL").value_or("");
  if (!context.flags.url.empty()) {
    server = {.url = without_slash(context.flags.url), .token = {}, .source = flags};
  } else if (!url_variable.empty()) {
    server = {.url = without_slash(url_variable), .token = {}, .source = environment};
  } else if (names_data_dir(context)) {
    // Never another server than the one that was asked for.
    if (!*local)
      return stop_with(ExitCode::unreachable, "no server runs on " + context.chosen_data_dir().string() +
                                                  ": start it with `orc serve --data-dir " + context.chosen_data_dir().string() + "`");
    server = {.url = (*local)->url, .token = {}, .source = data_dir};
  } else if (*remembered) {
    server = {.url = (*remembered)->url, .token = {}, .source = ServerAddress::Source::login};
  } else if (*local) {
    server = {.url = (*local)->url, .token = {}, .source = data_dir};
  } else {
    return stop_with(
        ExitCode::unreachable,
        "no server is known: start one with `orc serve`, or name one with --url or ORC_URL, or run `orc login URL`\n(looked for " +
            (context.chosen_data_dir() / "cli.json").string() + " and " + credentials_path(context).string() + ")");
  }

  server.token = !context.flags.token.empty() ? context.flags.token : context.environment("ORC_TOKEN").value_or("");
  // Who names a data directory acts as its owner, whatever login is kept for the same address.
  const bool is_owner = server.source == data_dir;
  for (const auto* kept : {is_owner ? &*local : &*remembered, is_owner ? &*remembered : &*local}) {
    if (!server.token.empty() || !*kept || (*kept)->url != server.url) continue;
    server.token = (*kept)->token;
    server.has_operator_key = kept == &*local;
  }
  server.ca_file = named_ca_file(context);
  if (server.ca_file.empty() && *remembered && (*remembered)->url == server.url) server.ca_file = (*remembered)->ca_file;
  return server;
}

std::string named_ca_file(const ClientContext& context) {
  return !context.flags.ca_file.empty() ? context.flags.ca_file : context.environment("ORC_CA_FILE").value_or("");
}

Result<void> keep_login(const ClientContext& context, const ServerAddress& server) {
  const auto path = credentials_path(context);
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) return fail(ErrorCode::unavailable, path.parent_path().string() + ": " + error.message());
  if (::chmod(path.parent_path().c_str(), 0700) != 0) return fail(ErrorCode::unavailable, system_words(path.parent_path(), errno));
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("url", without_slash(server.url));
  json.member("token", server.token);
  if (!server.ca_file.empty()) json.member("ca_file", std::filesystem::absolute(server.ca_file).string());
  json.end_object();
  return write_file(path, text + "\n", 0600);
}

}  // namespace orc
