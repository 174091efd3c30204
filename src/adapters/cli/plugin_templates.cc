#include "adapters/cli/plugin_templates.h"

#include "adapters/cli/plugin_kits.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

constexpr const char* python_program =
    R"py("""Counts the words of a text. Everything that a program may rely on stands in docs/plugins.md.

Other files of this folder can be imported. With -S in plugin.json Python starts in half the time, and without
installed packages: leave it out for numpy and the like.
"""
import json
import sys

given = json.load(sys.stdin)
print("counting", file=sys.stderr)  # standard error is the job's log
with open(3, "w", buffering=1) as progress:  # and descriptor 3 takes its progress, as often as you like
    print(json.dumps({"progress": 0.5, "message": "counting"}), file=progress)
words = given["text"].split()
if not words:
    print("the text has no words", file=sys.stderr)
    sys.exit(65)  # this input is bad: the job is not tried again
print(json.dumps({"words": len(words), "longest": max(words, key=len)}))
)py";

constexpr const char* python_input_schema = R"({"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}})";
constexpr const char* python_output_schema =
    R"({"type": "object", "required": ["words", "longest"], "properties": {"words": {"type": "integer"}, "longest": {"type": "string"}}})";

constexpr const char* cpp_makefile =
    R"make(# `orc plugin test`, `dev` and `add` run make first. Linked statically, the program runs on every host.
CXXFLAGS ?= -std=c++17 -O2 -Wall
program: main.cc $(wildcard *.h)
	$(CXX) $(CXXFLAGS) -static -s -o $@ main.cc
)make";

constexpr const char* cpp_input_schema =
    R"({"type": "object", "required": ["numbers"], "properties": {"numbers": {"type": "array", "items": {"type": "number"}}}})";
constexpr const char* cpp_output_schema =
    R"({"type": "object", "required": ["sum", "count"], "properties": {"sum": {"type": "number"}, "count": {"type": "integer"}}})";

constexpr const char* shell_program = R"sh(#!/bin/sh
# Measures its input. Everything that a program may rely on stands in docs/plugins.md.
set -eu
echo "attempt $ORC_ATTEMPT of job $ORC_JOB_ID" >&2 # standard error is the job's log
cat >"$TMPDIR/input.json"
echo '{"progress": 0.5, "message": "measuring"}' >&3 # as often as you like
printf '{"bytes": %d, "lines": %d}\n' "$(wc -c <"$TMPDIR/input.json")" "$(wc -l <"$TMPDIR/input.json")"
)sh";

constexpr const char* shell_input_schema = R"({"type": "object"})";
constexpr const char* shell_output_schema =
    R"({"type": "object", "required": ["bytes", "lines"], "properties": {"bytes": {"type": "integer"}, "lines": {"type": "integer"}}})";

struct Language {
  const char* description;
  const char* command;
  const char* input_schema;
  const char* output_schema;
  const char* input;
};

std::string manifest(const std::string& name, const Language& language, PluginMode mode) {
  std::string text = "{\n  \"name\": ";
  append_json_string(text, name);
  text += ",\n  \"version\": \"1.0.0\",\n  \"description\": ";
  append_json_string(text, language.description);
  text.append(",\n  \"command\": ").append(language.command);
  text.append(",\n  \"input_schema\": ").append(language.input_schema);
  text.append(",\n  \"output_schema\": ").append(language.output_schema);
  if (mode != PluginMode::once) text.append(",\n  \"mode\": \"").append(to_word(mode)).append("\"");
  return text + ",\n  \"limits\": {\"timeout_seconds\": 60, \"memory_mb\": 256}\n}\n";
}

std::vector<TemplateFile> files_of(const std::string& name, const Language& language, PluginMode mode, std::vector<TemplateFile> program) {
  program.push_back({.name = "plugin.json", .text = manifest(name, language, mode)});
  program.push_back({.name = "input.json", .text = std::string(language.input) + "\n"});
  return program;
}

}  // namespace

std::vector<TemplateFile> plugin_template(PluginLanguage language, PluginMode mode, const std::string& name) {
  switch (language) {
    case PluginLanguage::python:
      return files_of(name,
                      {.description = "Counts the words of a text",
                       .command = R"(["/usr/bin/python3", "-E", "-s", "-S", "-B", "main.py"])",
                       .input_schema = python_input_schema,
                       .output_schema = python_output_schema,
                       .input = R"({"text": "to be or not to be"})"},
                      mode, {{.name = "main.py", .text = mode == PluginMode::warm ? program_with_kit(language) : python_program}});
    case PluginLanguage::cpp:
      return files_of(name,
                      {.description = "Adds numbers",
                       .command = R"(["./program"])",
                       .input_schema = cpp_input_schema,
                       .output_schema = cpp_output_schema,
                       .input = R"({"numbers": [1, 2.5, 3]})"},
                      mode, {{.name = "main.cc", .text = program_with_kit(language)}, {.name = "Makefile", .text = cpp_makefile}});
    case PluginLanguage::shell:
      return files_of(name,
                      {.description = "Measures its input",
                       .command = R"(["./run.sh"])",
                       .input_schema = shell_input_schema,
                       .output_schema = shell_output_schema,
                       .input = R"({"any": "object"})"},
                      mode, {{.name = "run.sh", .text = shell_program, .is_executable = true}});
  }
  return {};
}

}  // namespace orc
