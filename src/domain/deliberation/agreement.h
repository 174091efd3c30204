#pragma once

#include <cstdint>
#include <map>
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

// What of two proposals is compared.
enum class Comparison : std::uint8_t { words, answers };

// Agreement is how far proposals agree: one score for each, 0 to 1, without another call (contract section 6). Of answers it is the share
// of the others with the same one; of words the mean similarity with theirs. Halved if the model stopped for length. The only one there is
// gets 1. Says nothing about whether they are right. Quadratic in their number, and so done by and by. Not thread-safe.
class Agreement {
 public:
  Agreement(Comparison comparison, std::vector<Proposal> proposals);

  // Does some of the work: a fraction of a millisecond, or what reading one proposal takes. False once all is done.
  bool work();

  // Precondition: all is done.
  std::vector<double> scores() &&;

 private:
  double compare(std::size_t a, std::size_t b) const;
  void take_words(const Proposal& proposal);
  void compare_some();

  const Comparison comparison_;
  const std::vector<Proposal> proposals_;
  std::map<std::string, std::uint32_t, std::less<>> vocabulary_;
  std::vector<std::vector<std::uint32_t>> words_;  // of each proposal that was read, each word once
  std::vector<std::uint32_t> last_row_with_;       // by word, from 1
  std::vector<double> sums_;
  std::size_t row_ = 0;    // whose turn it is to be compared with those behind it,
  std::size_t other_ = 0;  // the next of which is this one
};

// All of it at once.
std::vector<double> agreement_scores(Comparison comparison, std::vector<Proposal> proposals);

// The text in lower case (ASCII), its words parted by one space, punctuation (ASCII) left out, so that two spellings of an answer are
// equal.
std::string normalised_text(std::string_view text);

// The Jaccard index of the sets of words of the two normalised texts: 1 if both have none.
double word_similarity(std::string_view a, std::string_view b);

}  // namespace orc
