#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orc {

// Why a model stopped writing.
enum class FinishReason : std::uint8_t { finished, length };

// A successful answer, as it is compared with the others.
struct Proposal {
  std::string text;
  std::optional<std::string> answer;  // what was extracted from it, where an extractor is set
  FinishReason finish = FinishReason::finished;
};

// One score for each proposal, 0 to 1, without another call (contract section 6): how far the other proposals agree with it. Where answers
// are extracted, the share of the others with the same one; else the mean similarity of its words with theirs. Halved if the model stopped
// for length. The only one there is gets 1, halved likewise. Says nothing about whether they are right. Quadratic in
// their number.
std::vector<double> agreement_scores(const std::vector<Proposal>& proposals);

// The text in lower case (ASCII), its words parted by one space, punctuation (ASCII) left out, so that two spellings of an answer are
// equal.
std::string normalised_text(std::string_view text);

// The Jaccard index of the sets of words of the two normalised texts: 1 if both have none.
double word_similarity(std::string_view a, std::string_view b);

}  // namespace orc
