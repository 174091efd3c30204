#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"
#include "adapters/cli/last_words.h"
#include "adapters/cli/progress_line.h"

namespace orc {

// DevRun runs a plugin on the server for who writes it: the version that was saved last on one input, followed with its log and progress
// until it has ended or another version takes its place. While one goes on, a signal that ends the process tells how to find it.
// Not thread-safe.
class DevRun {
 public:
  // Both outlive it. `input` is a file with the input.
  DevRun(ClientContext& context, ApiClient& client, std::string input)
      : context_(context), client_(client), input_(std::move(input)), line_(context) {}

  bool is_going() const { return !id_.empty(); }

  // Submits a job of the plugin as it is now. One that goes on ran an older version: it is cancelled, which is said. Fails as
  // read_input_argument() and ApiClient::submit().
  Outcome<void> begin(const std::string& plugin);

  // Prints what has come since: the log on the error output, on a terminal also how far it is, and once it has ended its result or what
  // went wrong. After a failure, as of ApiClient::send() once the server has been away for too long, it is not followed any more.
  Outcome<void> look();

  // Takes away how far it is, for others to print.
  void hide();

  // How long to leave it alone now: not for long at first, as most take no time.
  std::chrono::milliseconds pause();

 private:
  void cancel();
  Outcome<void> look_once();
  Outcome<void> print_new_lines();
  void print_end(JsonValue job);
  void forget();

  ClientContext& context_;
  ApiClient& client_;
  const std::string input_;

  // Of the job that goes on.
  std::string id_;  // empty: none does
  std::optional<LastWords> words_;
  std::optional<Outage> outage_;
  ProgressLine line_;
  std::int64_t next_line_ = 1;
  std::chrono::steady_clock::time_point began_;
  std::chrono::milliseconds pause_{};
};

}  // namespace orc
