#include "domain/deliberation/agreement.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace orc {
namespace {

using Words = std::vector<std::string>;  // sorted, each once

bool is_word_byte(unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80; }

Words words_of(std::string_view text) {
  Words words;
  std::string word;
  for (const char c : normalised_text(text) + ' ') {
    if (c != ' ')
      word += c;
    else if (!word.empty())
      words.push_back(std::exchange(word, {}));
  }
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  return words;
}

double jaccard(const Words& a, const Words& b) {
  if (a.empty() && b.empty()) return 1;
  Words shared;
  std::ranges::set_intersection(a, b, std::back_inserter(shared));
  return static_cast<double>(shared.size()) / static_cast<double>(a.size() + b.size() - shared.size());
}

double answers_agree(const Proposal& a, const Proposal& b) { return a.answer && b.answer && *a.answer == *b.answer ? 1 : 0; }

}  // namespace

std::string normalised_text(std::string_view text) {
  std::string out;
  bool is_gap = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ' || (c >= '\t' && c <= '\r')) is_gap = true;
    if (!is_word_byte(byte)) continue;
    if (is_gap && !out.empty()) out += ' ';
    is_gap = false;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

double word_similarity(std::string_view a, std::string_view b) { return jaccard(words_of(a), words_of(b)); }

std::vector<double> agreement_scores(const std::vector<Proposal>& proposals) {
  const bool is_extracted = std::ranges::any_of(proposals, [](const Proposal& one) { return one.answer.has_value(); });
  std::vector<Words> words;
  if (!is_extracted)
    for (const Proposal& one : proposals) words.push_back(words_of(one.text));
  std::vector<double> scores(proposals.size(), 0.0);
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    for (std::size_t j = i + 1; j < proposals.size(); ++j) {
      const double agreement = is_extracted ? answers_agree(proposals[i], proposals[j]) : jaccard(words[i], words[j]);
      scores[i] += agreement;
      scores[j] += agreement;
    }
  }
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    scores[i] = proposals.size() == 1 ? 1 : scores[i] / static_cast<double>(proposals.size() - 1);
    if (proposals[i].finish == FinishReason::length) scores[i] /= 2;
  }
  return scores;
}

}  // namespace orc
