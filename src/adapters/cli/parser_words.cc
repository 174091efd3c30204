#include "adapters/cli/parser_words.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/cli/nearest_word.h"
#include "adapters/cli/terminal.h"

namespace orc {
namespace {

// "{queued,completed}", as the parser writes a choice, as "queued|completed".
std::string words_of_choice(std::string_view braces) {
  std::string words(braces.substr(1, braces.find('}') - 1));
  std::ranges::replace(words, ',', '|');
  return words;
}

// The parser's name of a type is followed by what checks it: "INT:INT in [1 - 100]". A name of our own says more than either.
std::string type_words(const std::string& type) {
  if (const auto brace = type.find('{'); brace != std::string::npos) return words_of_choice(std::string_view(type).substr(brace));
  const std::string name = type.substr(0, type.find(':'));
  const bool is_number = name == "INT" || name == "UINT" || name == "FLOAT" || type == "NONNEGATIVE" || type == "POSITIVE";
  return is_number ? "NUMBER" : name;
}

class HelpFormat final : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string words;
    if (option->get_type_size() != 0) {
      if (!option->get_positional()) words += " " + type_words(option->get_type_name());
      if (!option->get_default_str().empty()) words += "=" + option->get_default_str();
      if (option->get_expected_max() == CLI::detail::expected_max_vector_size) words += " ...";
      if (option->get_required()) words += " (required)";
    }
    if (!option->get_envname().empty()) words += " (Env:" + option->get_envname() + ")";
    return words;
  }
};

void word_help(CLI::App& app, const std::shared_ptr<HelpFormat>& format) {
  app.formatter(format);
  if (std::string footer = app.get_footer(); !footer.contains("Exit codes:")) {
    while (footer.ends_with('\n')) footer.pop_back();
    app.footer(footer + (footer.empty() ? "" : "\n\n") + exit_code_words);
  }
  for (CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) word_help(*command, format);
}

// The last command that was understood.
const CLI::App& innermost(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().back();
  return *command;
}

// "orc job get"
std::string full_name(const CLI::App& command) {
  return command.get_parent() == nullptr ? command.get_name() : full_name(*command.get_parent()) + " " + command.get_name();
}

std::vector<std::string> names_of_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> names_of_options(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Why it was refused, where a command or an option is missing or unknown; else what the parser says.
std::string reason_of(const CLI::App& command, const CLI::Error& error) {
  const auto commands = names_of_commands(command);
  const auto left_over = command.remaining();
  const std::string place = " after \"" + full_name(command) + "\"";
  const auto with_guess = [&](const std::string& word, const std::vector<std::string>& choices) {
    const auto nearest = nearest_word(word, choices);
    return "\"" + word + "\"" + place + (nearest ? "; did you mean \"" + *nearest + "\"?" : "");
  };
  if (!left_over.empty() && left_over.front().starts_with('-'))
    return "unknown option " + with_guess(left_over.front(), names_of_options(command));
  if (!commands.empty()) {
    const std::string choices = "\nCommands: " + joined(commands);
    if (left_over.empty()) return "a command is missing" + place + choices;
    return "unknown command " + with_guess(left_over.front(), commands) + choices;
  }
  if (!left_over.empty()) return "unexpected argument \"" + left_over.front() + "\"" + place;
  return error.what();
}

}  // namespace

void word_help(CLI::App& app) { word_help(app, std::make_shared<HelpFormat>()); }

ExitCode explain(const CLI::App& app, const CLI::Error& error, std::ostream& out, std::ostream& err) {
  if (error.get_exit_code() == 0) {
    app.exit(error, out, err);
    return ExitCode::ok;
  }
  const CLI::App& command = innermost(app);
  err << "orc: ";
  std::istringstream lines(reason_of(command, error));
  for (std::string line; std::getline(lines, line);) err << printable(line) << "\n";
  err << "More: " << full_name(command) << " --help\n";
  return ExitCode::usage;
}

}  // namespace orc
