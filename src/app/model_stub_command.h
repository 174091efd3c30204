#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "adapters/model_stub/stub_settings.h"

namespace orc {

// What the flags of `orc model-stub` say.
struct RawModelStub {
  std::string listen = "127.0.0.1:8000";
  std::string record;  // a file; empty: none
  int first_token_ms = 50;
  int retry_after_seconds = -1;  // below 0: not told
  bool stamps = false;
  StubSettings settings;
};

// Adds `orc model-stub` to `app`. `raw` must outlive it.
CLI::App* add_model_stub_command(CLI::App& app, RawModelStub& raw);

// `orc model-stub`: runs until a signal; gives the exit code.
int run_model_stub(const RawModelStub& raw);

}  // namespace orc
