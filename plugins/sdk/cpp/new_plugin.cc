// Adds numbers. Everything that a program may rely on stands in docs/plugins.md.
// orc_plugin.h is the kit for C++: with "mode": "warm" in plugin.json this program stays up for one job after another, else it is started
// for each.
#include <sstream>
#include <string>

#include "orc_plugin.h"

// The input has been held against input_schema before: one array of numbers. A program that takes more
// reads it with a JSON library.
std::string add(std::string_view input, const orc_plugin::Context& context) {
  std::string numbers(orc_plugin::member(input, "numbers"));
  for (char& c : numbers) {
    if (c == '[' || c == ']' || c == ',') c = ' ';
  }
  std::istringstream list(numbers);
  double sum = 0;
  int count = 0;
  for (double number = 0; list >> number; ++count) sum += number;
  if (count == 0) throw orc_plugin::BadInput("no numbers");  // the job is not tried again
  context.log("added " + std::to_string(count) + " numbers");
  context.progress(1.0);  // as often as you like
  std::ostringstream answer;
  answer.precision(17);  // as many digits as a double has; else a million and one is 1e+06
  answer << "{\"sum\": " << sum << ", \"count\": " << count << "}";
  return answer.str();
}

// What takes long to load is loaded before serve().
int main() { return orc_plugin::serve(add); }
