// Counts primes, and says how far it is: an example of a plugin in C++ that takes its time.
#include <vector>

#include "orc_plugin.h"

// The input has been held against plugin.json's schema before: it is {"below": 1000}.
std::string primes(std::string_view input, const orc_plugin::Context& context) {
  const std::string text(input.substr(input.find(':') + 1));
  const auto below = static_cast<std::size_t>(std::strtod(text.c_str(), nullptr));  // 1e3 is an integer of JSON too
  std::vector<bool> is_composite(below, false);
  std::size_t count = 0, last = 0;
  for (std::size_t number = 2; number < below; ++number) {
    if (number % (below / 10 + 1) == 0) context.progress(static_cast<double>(number) / static_cast<double>(below), "counting");
    if (is_composite[number]) continue;
    ++count;
    last = number;
    for (std::size_t multiple = number * number; multiple < below; multiple += number) is_composite[multiple] = true;
  }
  context.log("the last one is " + std::to_string(last));
  return "{\"primes\":" + std::to_string(count) + "}";
}

int main() { return orc_plugin::serve(primes); }
