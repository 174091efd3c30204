// Serves a plugin of Orc from one function, in both modes: a process for each run, or one that stays up (docs/plugins.md).
//   int main() { return orc_plugin::serve([](std::string_view input, const orc_plugin::Context&) { return std::string(input); }); }
// Input and answer are JSON texts, for a library of your choice; all texts are UTF-8. C++17 on Linux; needs nothing else.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace orc_plugin {

// This input is bad: the job is never tried again. Any other exception is a failure that may be tried again.
struct BadInput : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Where the JSON value that starts at `at` ends; the text is well-formed.
inline std::size_t end_of_value(std::string_view text, std::size_t at) {
  for (int depth = 0, in_string = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') ++at;
    if (in_string) continue;
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
  }
  return at;
}

// The member `name` of a request, which has no white space between its own members.
inline std::string_view member(std::string_view request, std::string_view name) {
  for (std::size_t at = 1; at < request.size();) {
    const std::size_t key_end = request.find('"', at + 1), begin = key_end + 2, end = end_of_value(request, begin);
    if (request.substr(at + 1, key_end - at - 1) == name) return request.substr(begin, end - begin);
    at = end + 1;
  }
  return "null";
}

inline std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text)
    c == '"' || c == '\\' || (c >= 0 && c < ' ') ? ((out += "\\u00") += "01234567"[c >> 4]) += "0123456789abcdef"[c & 15] : out += c;
  return out += '"';
}

// What a run is told beside its input - in warm mode ORC_JOB_ID and so on, as a JSON object - and where it may say how far it is.
struct Context : std::string_view {
  std::string_view id;  // empty: a process of its own
  void log(std::string_view text) const {
    id.empty() ? void(std::cerr << text << '\n') : say("\"log\":" + quoted(text) + ",\"stream\":\"err\"");
  }
  void progress(double fraction, std::string_view message = "") const {
    say("\"progress\":" + std::to_string(fraction > 0 ? fraction < 1 ? fraction : 1 : 0) + ",\"message\":" + quoted(message));
  }
  void say(std::string members) const {
    for (char& c : members) c = c == '\n' || c == '\r' ? ' ' : c;  // they would end the line, and stand between words of a document only
    if (id.empty()) return void(dprintf(3, "{%s}\n", members.c_str()));      // nobody may listen
    std::cout << "{\"id\":" << id << ',' << members << "}\n" << std::flush;  // at once: nobody knows how long the next one takes
  }
};

// Where files go that a run leaves: what stands there at its answer is kept. Empty: a warm plugin whose plugin.json says no warm.files_out.
inline std::string output_dir(std::string_view context) {
  const std::string_view told = member(context, "ORC_OUTPUT_DIR");
  const char* const once = std::getenv("ORC_OUTPUT_DIR");
  return told.front() == '"' ? std::string(told.substr(1, told.size() - 2)) : once ? once : "";
}

inline int serve(const std::function<std::string(std::string_view, const Context&)>& answer) {
  int code = 0;
  const auto run = [&](std::string_view input, const Context& context) -> std::string {
    try {
      return code = 0, answer(input, context);
    } catch (const std::exception& failure) {
      code = dynamic_cast<const BadInput*>(&failure) ? 65 : 1;
      return failure.what();
    }
  };
  std::ios::sync_with_stdio(false);
  if (const char* const mode = std::getenv("ORC_MODE"); !mode || std::string_view(mode) != "warm") {
    const std::string text = run(std::string{std::istreambuf_iterator<char>(std::cin), {}}, {"{}", ""});
    (code ? std::cerr : std::cout) << text << (code ? "\n" : "");
    return code;
  }
  std::cout << "{\"ready\":true}\n" << std::flush;
  for (std::string line; std::getline(std::cin, line);) {
    const Context context{member(line, "context"), member(line, "id")};
    const std::string text = run(member(line, "input"), context);
    context.say(code ? "\"error\":" + quoted(text) + ",\"exit_code\":" + std::to_string(code) : "\"output\":" + text);
  }
  return 0;
}

}  // namespace orc_plugin
