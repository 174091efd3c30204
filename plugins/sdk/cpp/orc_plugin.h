// Serves a plugin of Orc from one function, in both modes (docs/plugins.md). Texts are JSON in UTF-8. C++17 on Linux; needs nothing else.
//   int main() { return orc_plugin::serve([](std::string_view input, const orc_plugin::Context&) { return std::string(input); }); }
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/stat.h>

namespace orc_plugin {

// This input is bad: the job is never tried again. Any other exception is a failure that may be tried again.
struct BadInput : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The member `name` of a JSON object that is well-formed and has no white space between its own members.
inline std::string_view member(std::string_view object, std::string_view name) {
  std::size_t key = 1, value = 1, at = 0;
  for (int depth = 0, in_string = 0; at < object.size(); ++at) {
    const char c = object[at];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') ++at;
    if (in_string) continue;
    if (depth == 1 && c == ':') value = at + 1;
    const bool is_end = depth == 1 && (c == ',' || c == '}');
    if (is_end && object.substr(key + 1, value - key - 3) == name) return object.substr(value, at - value);
    if (is_end) key = at + 1;
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
  }
  return "null";
}

// As a string of JSON. A byte that begins no character which may stand there as it is (size 5) is written as one of Latin-1.
inline std::string quoted(std::string_view text) {
  std::string out = "\"", hex = "0123456789abcdef";
  for (std::size_t size, kind = 0, has = 1; !text.empty(); text.remove_prefix(size), kind = 0, has = 1) {
    for (auto least : {" ", "\x80", "\xc2", "\xe0", "\xe0\xa0", "\xed\xa0", "\xee", "\xf0", "\xf0\x90", "\xf4\x90"}) kind += text >= least;
    while (has < 4 && has < text.size() && (text[has] & 0xc0) == 0x80) ++has;
    size = text[0] == '"' || text[0] == '\\' ? 5 : std::size_t("51525353545"[kind] - '0');
    size <= has ? out += text.substr(0, size) : ((size = 1, out += "\\u00") += hex[text[0] >> 4 & 15]) += hex[text[0] & 15];
  }
  return out += '"';
}

// What a run is told beside its input - in warm mode ORC_JOB_ID and so on, as a JSON object - and where it may say how far it is.
struct Context : std::string_view {
  std::string_view id;                  // empty: a process of its own
  static inline bool is_heard = false;  // on descriptor 3, by who began a process of its own
  void log(std::string_view it) const { id.empty() ? void(std::cerr << it << '\n') : say("\"stream\":\"err\",\"log\":" + quoted(it)); }
  void progress(double part, std::string_view message = "") const {
    say("\"progress\":" + std::to_string(int((part > 0 ? part < 1 ? part : 1 : 0) * 1e6 + 0.5)) + "e-6,\"message\":" + quoted(message));
  }
  void say(std::string members) const {
    for (char& c : members) c = c == '\n' || c == '\r' ? ' ' : c;  // they would end the line, and stand between words of a document only
    if (id.empty()) return void(is_heard && dprintf(3, "{%s}\n", members.c_str()));
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
      return code = dynamic_cast<const BadInput*>(&failure) ? 65 : 1, failure.what();
    } catch (...) {
      return code = 1, "what it threw is no std::exception";
    }
  };
  if (struct stat third{}; fstat(3, &third) == 0) Context::is_heard = S_ISFIFO(third.st_mode);  // else the plugin's first file may be 3
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
