// Serves a plugin of Orc from one function, in both modes (docs/plugins.md). C++17 on Linux; needs orc_json.h beside it and nothing else.
//   int main() { return orc_plugin::serve([](std::string_view input, const orc_plugin::Context&) { return std::string(input); }); }
// It serves one request after another. Input and output are JSON in UTF-8, which nobody checks here.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/stat.h>

#include "orc_json.h"

namespace orc_plugin {

// This input is bad: the job is never tried again. Any other exception is a failure that may be tried again.
struct BadInput : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a run is told beside its input - in warm mode ORC_JOB_ID and so on, as a JSON object - and where it may say how far it is.
struct Context : std::string_view {
  std::string_view id;    // empty: a process of its own
  bool is_heard = false;  // by who reads descriptor 3 of such a process

  void log(std::string_view text) const {
    if (id.empty()) {
      std::cerr << text << '\n';
    } else {
      say("\"stream\":\"err\",\"log\":" + quoted(text));
    }
  }
  void progress(double part, std::string_view message = "") const {
    std::ostringstream members;
    members.imbue(std::locale::classic());  // no comma in any country
    members << "\"progress\":" << (part > 0 ? std::min(part, 1.0) : 0) << ",\"message\":" << quoted(message);
    say(members.str());
  }
  void say(std::string members) const {
    // A document may have line ends between its words: blanks say the same, and do not end the line.
    std::replace_if(members.begin(), members.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    if (!id.empty()) {
      std::cout << "{\"id\":" << id << ',' << members << "}\n" << std::flush;  // at once: nobody knows how long the next one takes
    } else if (is_heard) {
      dprintf(3, "{%s}\n", members.c_str());
    }
  }
};

// Where files go that a run leaves: what stands there at its answer is kept. Empty: a warm plugin whose plugin.json says no warm.files_out.
inline std::string output_dir(std::string_view context) {
  const std::string_view told = member(context, "ORC_OUTPUT_DIR");
  if (told.front() == '"') return std::string(told.substr(1, told.size() - 2));
  const char* const once = std::getenv("ORC_OUTPUT_DIR");
  return once != nullptr ? once : "";
}

inline int serve(const std::function<std::string(std::string_view, const Context&)>& answer) {
  int exit_code = 0;
  std::string text;  // the output, or with another exit code what went wrong
  const auto run = [&](std::string_view input, const Context& context) {
    try {
      text = answer(input, context);
      exit_code = 0;
    } catch (const std::exception& failure) {
      text = failure.what();
      exit_code = dynamic_cast<const BadInput*>(&failure) != nullptr ? 65 : 1;
    } catch (...) {
      text = "what it threw is no std::exception";
      exit_code = 1;
    }
  };
  std::ios::sync_with_stdio(false);
  const char* const mode = std::getenv("ORC_MODE");
  if (mode == nullptr || std::string_view(mode) != "warm") {
    struct stat third{};
    const bool is_heard = fstat(3, &third) == 0 && S_ISFIFO(third.st_mode);  // else the plugin's first file may be 3
    run(std::string{std::istreambuf_iterator<char>(std::cin), {}}, {"{}", "", is_heard});
    if (exit_code == 0) std::cout << text;
    if (exit_code != 0) std::cerr << text << '\n';
    return exit_code;
  }
  std::cout << "{\"ready\":true}\n" << std::flush;
  for (std::string line; std::getline(std::cin, line);) {
    const Context context{member(line, "context"), member(line, "id")};
    run(member(line, "input"), context);
    if (exit_code == 0) context.say("\"output\":" + text);
    if (exit_code != 0) context.say("\"error\":" + quoted(text) + ",\"exit_code\":" + std::to_string(exit_code));
  }
  return 0;
}

}  // namespace orc_plugin
