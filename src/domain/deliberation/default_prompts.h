#pragma once

#include <string_view>

namespace orc {

// The words that models are asked with, from the text files in prompts/ at the root. Their placeholders are told in prompt.h.
struct DefaultPrompts {
  std::string_view system;
  std::string_view task;  // begins every user message
  std::string_view propose;
  std::string_view exchange;
  std::string_view critique;
  std::string_view revise;
  std::string_view rank;
  std::string_view aggregate;
};

const DefaultPrompts& default_prompts();

}  // namespace orc
