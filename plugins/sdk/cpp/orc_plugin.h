// Serves a plugin of Orc from one function, in both modes: a process for each run, or one that stays up (docs/plugins.md).
//
//   int main() { return orc_plugin::serve([](std::string_view input, std::string_view context) { return std::string(input); }); }
// Input, context and the answer are JSON texts, for a library of your choice. C++17; needs nothing else.
#pragma once

#include <cstdio>
#include <cstdlib>
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
  int depth = 0;
  bool in_string = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') ++at;
    if (in_string) continue;
    if (c == '{' || c == '[') ++depth;
    if ((c == ',' || c == '}' || c == ']') && depth == 0) break;
    if (c == '}' || c == ']') --depth;
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

// Where files go that a run leaves: what stands there at its answer is kept. Empty: a warm plugin whose plugin.json says no warm.files_out.
inline std::string output_dir(std::string_view context) {
  const std::string_view told = member(context, "ORC_OUTPUT_DIR");
  const char* const once = std::getenv("ORC_OUTPUT_DIR");
  return told.front() == '"' ? std::string(told.substr(1, told.size() - 2)) : once ? once : "";
}

inline std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned char>(c));
    const bool is_plain = c != '"' && c != '\\' && (c < 0 || c >= ' ');
    is_plain ? out += c : out += escape;
  }
  return out += '"';
}

// Line ends stand between the words of a document only, and would end the message.
inline std::string on_one_line(std::string document) {
  for (char& c : document)
    if (c == '\n' || c == '\r') c = ' ';
  return document;
}

template <typename Answer>
int serve(Answer answer) {
  std::ios::sync_with_stdio(false);
  if (const char* const mode = std::getenv("ORC_MODE"); !mode || std::string_view(mode) != "warm") {
    const std::string input{std::istreambuf_iterator<char>(std::cin), {}};
    try {
      std::cout << answer(std::string_view(input), std::string_view("{}"));
      return 0;
    } catch (const std::exception& failure) {
      std::cerr << failure.what() << '\n';
      return dynamic_cast<const BadInput*>(&failure) ? 65 : 1;
    }
  }
  std::cout << "{\"ready\":true}\n" << std::flush;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << "{\"id\":" << member(line, "id");
    try {
      std::cout << ",\"output\":" << on_one_line(answer(member(line, "input"), member(line, "context"))) << "}\n";
    } catch (const std::exception& failure) {
      std::cout << ",\"error\":" << quoted(failure.what()) << ",\"exit_code\":" << (dynamic_cast<const BadInput*>(&failure) ? 65 : 1)
                << "}\n";
    }
    std::cout << std::flush;  // at once: nobody knows how long the next one takes
  }
  return 0;
}

}  // namespace orc_plugin
