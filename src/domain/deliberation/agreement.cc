#include "domain/deliberation/agreement.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "domain/deliberation/text_end.h"

namespace orc {
namespace {

using Words = std::vector<std::string>;  // sorted, each once

constexpr std::size_t steps_max = 200'000;  // looks at a word in one piece of work

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

Agreement::Agreement(Comparison comparison, std::vector<Proposal> proposals)
    : comparison_(comparison), proposals_(std::move(proposals)), sums_(proposals_.size(), 0.0) {}

void Agreement::take_words(const Proposal& proposal) {
  std::vector<std::uint32_t>& numbers = words_.emplace_back();
  for (std::string& word : words_of(end_of(proposal.text, compared_bytes_max)))
    numbers.push_back(vocabulary_.emplace(std::move(word), static_cast<std::uint32_t>(vocabulary_.size())).first->second);
  last_row_with_.resize(vocabulary_.size());
}

// As jaccard(), where `a` is the row whose words are marked.
double Agreement::compare(std::size_t a, std::size_t b) const {
  if (comparison_ == Comparison::answers) return answers_agree(proposals_[a], proposals_[b]);
  if (words_[a].empty() && words_[b].empty()) return 1;
  std::size_t shared = 0;
  for (const std::uint32_t word : words_[b]) shared += last_row_with_[word] == a + 1 ? 1 : 0;
  return static_cast<double>(shared) / static_cast<double>(words_[a].size() + words_[b].size() - shared);
}

void Agreement::compare_some() {
  if (other_ <= row_ && comparison_ == Comparison::words)
    for (const std::uint32_t word : words_[row_]) last_row_with_[word] = static_cast<std::uint32_t>(row_ + 1);
  std::size_t steps = 0;
  for (other_ = std::max(other_, row_ + 1); other_ < proposals_.size() && steps < steps_max; ++other_) {
    const double agreement = compare(row_, other_);
    sums_[row_] += agreement;
    sums_[other_] += agreement;
    steps += 8 + (comparison_ == Comparison::words ? words_[other_].size() : 0);
  }
  if (other_ < proposals_.size()) return;
  ++row_;
  other_ = 0;
}

bool Agreement::work() {
  if (comparison_ == Comparison::words && words_.size() < proposals_.size())
    take_words(proposals_[words_.size()]);
  else if (row_ < proposals_.size())
    compare_some();
  return row_ < proposals_.size();
}

std::vector<double> Agreement::scores() && {
  if (proposals_.size() == 1) return {1};
  for (std::size_t i = 0; i < proposals_.size(); ++i) {
    sums_[i] /= static_cast<double>(proposals_.size() - 1);
    if (proposals_[i].finish == FinishReason::length) sums_[i] /= 2;
  }
  return std::move(sums_);
}

std::vector<double> agreement_scores(Comparison comparison, std::vector<Proposal> proposals) {
  Agreement agreement(comparison, std::move(proposals));
  while (agreement.work()) {}
  return std::move(agreement).scores();
}

}  // namespace orc
