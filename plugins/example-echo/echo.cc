// Answers what it is given: the least that a plugin in C++ is, for trying out and for measuring.
#include "orc_plugin.h"

int main() {
  return orc_plugin::serve([](std::string_view input, std::string_view) { return std::string(input); });
}
