#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/parser_words.h"
#include "adapters/http/stub_api.h"

namespace orc {

// Runs commands of the client against a server that answers as it is told.
class ClientCommandsTest : public testing::Test {
 protected:
  ClientCommandsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "orc-cli-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    variables_ = {{"HOME", folder_.string()}, {"ORC_URL", api_.url()}, {"ORC_TOKEN", "secret-token"}};
  }
  ~ClientCommandsTest() override { std::filesystem::remove_all(folder_); }

  // The exit code of `orc WORDS…`.
  int run(const std::vector<std::string>& words, const std::string& input = "") {
    std::istringstream in(input);
    out_.str("");
    err_.str("");
    ClientContext context{.in = in,
                          .out = out_,
                          .err = err_,
                          .terminal = terminal_,
                          .environment = [this](const char* name) -> std::optional<std::string> {
                            const auto found = variables_.find(name);
                            return found == variables_.end() ? std::nullopt : std::optional(found->second);
                          },
                          .data_dir = folder_ / "data"};
    context.open_offline_users = open_offline_users_;
    context.pause_between_tries = std::chrono::milliseconds{1};
    CLI::App app("orc");
    add_client_commands(app, context);
    app.require_subcommand(1);
    word_help(app);
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    try {
      app.parse(reversed);
    } catch (const CLI::ParseError& error) {
      return static_cast<int>(explain(app, error, out_, err_));
    }
    return static_cast<int>(context.exit_code);
  }

  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

  StubApi api_;
  std::filesystem::path folder_;
  Terminal terminal_;
  std::map<std::string, std::string> variables_;
  decltype(ClientContext::open_offline_users) open_offline_users_;
  std::ostringstream out_;
  std::ostringstream err_;
};

inline constexpr const char* completed_job =
    R"({"id":7,"plugin_name":"echo","status":"completed","input_data":{},"result":{"a": 1},"error_message":null,)"
    R"("created_at":"2026-01-31T12:00:00.000Z","started_at":"2026-01-31T12:00:01.000Z","completed_at":"2026-01-31T12:00:02.500Z"})";
inline constexpr const char* queued_job = R"({"id":7,"plugin_name":"echo","status":"queued","result":null,"error_message":null})";
inline constexpr const char* failed_job =
    R"({"id":7,"plugin_name":"echo","status":"failed","result":null,"error_message":"boom\u001b[31m"})";

// What `job get` asks for.
inline void answer_job(StubApi& api) {
  api.answer("GET /api/v1/jobs/7", 200, completed_job)
      .answer("GET /api/v1/jobs/7/attempts", 200,
              R"({"total":1,"items":[{"number":1,"outcome":"succeeded","usage":{"cpu_seconds":0.5,)"
              R"("peak_bytes":2097152,"wall_seconds":1.25,"bytes_in":8,"bytes_out":16}}]})")
      .answer("GET /api/v1/jobs/7/artifacts", 200, R"({"total":1,"items":[{"name":"plot.png","bytes":12}]})");
}

}  // namespace orc
