#include "adapters/cli/nearest_word.h"

#include <algorithm>

namespace orc {
namespace {

// Optimal string alignment: Levenshtein's distance, in which two neighbours that changed places count once.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::vector<std::size_t>> steps(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
  for (std::size_t i = 0; i <= from.size(); ++i) {
    for (std::size_t j = 0; j <= to.size(); ++j) {
      if (i == 0 || j == 0) {
        steps[i][j] = i + j;
        continue;
      }
      const bool is_same = from[i - 1] == to[j - 1];
      steps[i][j] = std::min({steps[i - 1][j] + 1, steps[i][j - 1] + 1, steps[i - 1][j - 1] + (is_same ? 0 : 1)});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
        steps[i][j] = std::min(steps[i][j], steps[i - 2][j - 2] + 1);
    }
  }
  return steps[from.size()][to.size()];
}

}  // namespace

std::optional<std::string> nearest_word(std::string_view word, const std::vector<std::string>& choices) {
  constexpr std::size_t word_length_max = 64;  // the table grows with it, and no choice is as long
  if (word.size() > word_length_max) return {};
  std::optional<std::string> nearest;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& choice : choices) {
    const std::size_t steps = distance(word, choice);
    if (steps >= least || steps >= choice.size()) continue;
    least = steps;
    nearest = choice;
  }
  return nearest;
}

}  // namespace orc
