#include "adapters/deliberation_json/answer_extraction.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <re2/re2.h>

#include "adapters/json/json_document.h"
#include "adapters/json/json_pointer.h"
#include "domain/deliberation/agreement.h"

namespace orc {
namespace {

constexpr std::int64_t pattern_memory_max = 128 * 1024;          // about 2,700 instructions
constexpr std::int64_t match_steps_max = std::int64_t{1} << 27;  // bytes times instructions, as if each match read all that follows
constexpr int json_values_max = 256;                             // of one text that are tried

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_word(char c) { return is_digit(c) || is_small(c) || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80; }

// What parts thousands: a comma, and the spaces that do not break or are thin (U+00A0, U+2009, U+202F).
constexpr std::array<std::string_view, 4> thousands_separators = {",", "\xC2\xA0", "\xE2\x80\x89", "\xE2\x80\xAF"};
constexpr std::string_view minus_sign = "\xE2\x88\x92";  // U+2212
constexpr int exponent_max = 400;

// The bytes of what parts thousands at `at`; 0: three digits and no more do not follow.
std::size_t separator_at(std::string_view text, std::size_t at) {
  for (const std::string_view separator : thousands_separators) {
    if (!text.substr(at).starts_with(separator)) continue;
    const std::string_view group = text.substr(at + separator.size());
    const bool is_group =
        group.size() >= 3 && std::ranges::all_of(group.substr(0, 3), is_digit) && (group.size() == 3 || !is_digit(group[3]));
    return is_group ? separator.size() : 0;
  }
  return 0;
}

// The digits that begin at `at`, without what parts thousands.
std::string take_digits(std::string_view text, std::size_t& at) {
  std::string digits;
  while (at < text.size()) {
    const std::size_t skipped = digits.empty() ? 0 : separator_at(text, at);
    if (skipped == 0 && !is_digit(text[at])) break;
    if (skipped == 0) digits += text[at];
    at += std::max<std::size_t>(skipped, 1);
  }
  return digits;
}

bool has_minus_before(std::string_view text, std::size_t at) {
  for (const std::string_view sign : {std::string_view("-"), minus_sign}) {
    const std::string_view before = text.substr(0, at);
    if (before.ends_with(sign)) return before.size() == sign.size() || !is_word(before[before.size() - sign.size() - 1]);
  }
  return false;
}

// "e-5" at `at`: the exponent, of up to three digits, with no word behind it.
std::optional<int> take_exponent(std::string_view text, std::size_t& at) {
  if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return {};
  std::size_t end = at + 1;
  const bool is_negative = end < text.size() && text[end] == '-';
  if (end < text.size() && (text[end] == '-' || text[end] == '+')) ++end;
  int exponent = 0;
  const std::size_t first = end;
  for (; end < text.size() && end - first < 4 && is_digit(text[end]); ++end) exponent = 10 * exponent + (text[end] - '0');
  if (end == first || (end < text.size() && is_word(text[end]))) return {};
  at = end;
  return is_negative ? -exponent : exponent;
}

// Moves the point by `exponent` places.
void shift_point(std::string& whole, std::string& fraction, int exponent) {
  const auto places = static_cast<std::size_t>(std::abs(exponent));
  std::string& from = exponent > 0 ? fraction : whole;
  if (from.size() < places) from.insert(exponent > 0 ? from.size() : 0, places - from.size(), '0');
  if (exponent > 0) {
    whole += fraction.substr(0, places);
    fraction.erase(0, places);
  } else {
    fraction.insert(0, whole.substr(whole.size() - places));
    whole.erase(whole.size() - places);
  }
}

std::string canonical_number(bool is_negative, std::string whole, std::string fraction) {
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (whole.empty()) whole = "0";
  const std::string number = fraction.empty() ? whole : whole + "." + fraction;
  return is_negative && number != "0" ? "-" + number : number;
}

RE2::Options pattern_options(std::int64_t memory_max) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory_max);
  return options;
}

// Where the last of the matches begins that follow each other from `from` on, found in one pass. A pattern may end within \Q.
std::optional<std::size_t> last_match_from(std::size_t from, const re2::StringPiece& text, const std::string& pattern) {
  for (const char* const end : {"))*", "\\E))*"}) {
    const RE2 all("(?:\\C*?(" + pattern + end, pattern_options(2 * pattern_memory_max));
    if (!all.ok()) continue;
    std::array<re2::StringPiece, 2> match;
    if (!all.Match(text, from, text.size(), RE2::ANCHOR_START, match.data(), 2) || match[1].data() == nullptr) return {};
    return static_cast<std::size_t>(match[1].data() - text.data());
  }
  return {};
}

// The end of the text, from a whole character on.
std::string_view end_of(std::string_view text) {
  std::size_t begin = text.size() - std::min(text.size(), read_bytes_max);
  while (begin > 0 && begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) ++begin;
  return text.substr(begin);
}

// Where the JSON value that begins at `begin` would end: behind the bracket that closes it; nothing if none does.
std::optional<std::size_t> end_of_value(std::string_view text, std::size_t begin) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (in_string) {
      if (text[i] == '\\')
        ++i;
      else if (text[i] == '"')
        in_string = false;
      continue;
    }
    if (text[i] == '"') in_string = true;
    if (text[i] == '{' || text[i] == '[') ++depth;
    if ((text[i] == '}' || text[i] == ']') && --depth == 0) return i + 1;
  }
  return {};
}

// JSON text without the spaces between its parts.
std::string compact(std::string_view json) {
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
    out += c;
    if (in_string && c == '\\') out += json[++i];
    if (c == '"') in_string = !in_string;
  }
  return out;
}

// Whether the A or I before a small word is meant as a letter, and not as an article or pronoun: by the word in front of it, or by one that
// follows no article. "Answer: I think" is a pronoun all the same.
bool names_choice(std::string_view text, std::size_t at) {
  constexpr std::array<std::string_view, 5> before = {"is", "answer", "Answer", "option", "choice"};
  constexpr std::array<std::string_view, 3> after = {"because", "since", "is"};
  constexpr std::array<std::string_view, 8> after_no_article = {"and", "as", "but", "due", "for", "or", "over", "was"};
  const std::string_view back = text.substr(at + 2);
  const auto next = back.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(back, is_word) - back.begin()));
  if (std::ranges::find(after, next) != after.end()) return true;
  if (text[at] == 'I') return false;
  if (std::ranges::find(after_no_article, next) != after_no_article.end()) return true;
  const std::string_view front = text.substr(0, text.substr(0, at).find_last_not_of(" \t(*\":=") + 1);
  return std::ranges::any_of(before, [front](std::string_view word) {
    return front.ends_with(word) && (front.size() == word.size() || !is_word(front[front.size() - word.size() - 1]));
  });
}

}  // namespace

std::optional<std::string> last_number_in(std::string_view text) {
  std::optional<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at])) {
      ++at;
      continue;
    }
    const bool is_negative = has_minus_before(text, at);
    std::string whole = take_digits(text, at);
    std::string fraction;
    if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1]))
      for (++at; at < text.size() && is_digit(text[at]); ++at) fraction += text[at];
    const int exponent = take_exponent(text, at).value_or(0);
    if (std::abs(exponent) > exponent_max) {
      found.reset();  // nobody could write it out
      continue;
    }
    shift_point(whole, fraction, exponent);
    found = canonical_number(is_negative, std::move(whole), std::move(fraction));
  }
  return found;
}

std::optional<std::string> last_choice_in(std::string_view text) {
  for (std::size_t i = text.size(); i-- > 0;) {
    const char c = text[i];
    if (c < 'A' || c > 'Z' || (i > 0 && (is_word(text[i - 1]) || text[i - 1] == '\'')) ||
        (i + 1 < text.size() && (is_word(text[i + 1]) || text[i + 1] == '\'')))
      continue;
    const bool may_be_word = (c == 'A' || c == 'I') && i + 2 < text.size() && text[i + 1] == ' ' && is_small(text[i + 2]);
    if (!may_be_word || names_choice(text, i)) return std::string(1, c);
  }
  return {};
}

std::optional<std::string> last_match_in(std::string_view text, const std::string& pattern) {
  const RE2 compiled(pattern, pattern_options(pattern_memory_max));
  if (!compiled.ok()) return {};
  const int groups = compiled.NumberOfCapturingGroups() > 0 ? 2 : 1;
  std::array<re2::StringPiece, 2> match;
  const re2::StringPiece all(text.data(), text.size());
  std::optional<std::string> found;
  const auto take = [&] {
    const re2::StringPiece& wanted = match[static_cast<std::size_t>(groups - 1)];
    found = std::string(wanted.data() == nullptr ? "" : wanted.data(), wanted.size());
  };
  std::int64_t steps = 0;
  for (std::size_t from = 0; from <= text.size();) {
    steps += static_cast<std::int64_t>(text.size() - from + 1) * compiled.ProgramSize();
    if (steps > match_steps_max) {
      const auto last = last_match_from(from, all, pattern);
      if (last && compiled.Match(all, *last, text.size(), RE2::ANCHOR_START, match.data(), groups)) take();
      break;
    }
    if (!compiled.Match(all, from, text.size(), RE2::UNANCHORED, match.data(), groups)) break;
    take();
    const auto end = static_cast<std::size_t>(match[0].data() - text.data()) + match[0].size();
    from = match[0].empty() ? end + 1 : end;
  }
  return found;
}

std::optional<std::string> value_at_pointer(std::string_view text, const std::string& pointer) {
  std::optional<std::string> found;
  std::size_t begin = text.find_first_of("{[");
  for (int tried = 0; begin != std::string_view::npos && tried < json_values_max; ++tried) {
    const auto end = end_of_value(text, begin);
    const std::string_view value = text.substr(begin, end ? *end - begin : 0);
    const auto document = JsonDocument::parse(value);
    if (document) {
      std::optional<JsonValue> inner = document->root();
      for (std::string_view rest = pointer; inner && !rest.empty();) inner = step_into(*inner, take_token(rest));
      found = !inner ? std::nullopt : std::optional(inner->is_string() ? inner->string() : compact(inner->raw()));
    }
    begin = text.find_first_of("{[", document ? *end : begin + 1);
  }
  return found;
}

Result<void> check_extraction(const Extraction& extraction) {
  if (extraction.kind == Extraction::Kind::pattern) {
    if (extraction.detail.empty()) return fail(ErrorCode::invalid_argument, "options.extract.pattern must not be empty");
    const RE2 compiled(extraction.detail, pattern_options(pattern_memory_max));
    if (!compiled.ok()) return fail(ErrorCode::invalid_argument, "options.extract.pattern is no regular expression: " + compiled.error());
  }
  if (extraction.kind == Extraction::Kind::json_pointer && !extraction.detail.empty() && !extraction.detail.starts_with('/'))
    return fail(ErrorCode::invalid_argument, "options.extract.json_pointer must be empty or begin with '/'");
  return {};
}

std::optional<std::string> answer_in(const Extraction& extraction, std::string_view text) {
  const std::string_view end = end_of(text);
  std::optional<std::string> answer;
  switch (extraction.kind) {
    case Extraction::Kind::none:
      break;
    case Extraction::Kind::number:
      answer = last_number_in(end);
      break;
    case Extraction::Kind::choice:
      answer = last_choice_in(end);
      break;
    case Extraction::Kind::normalised_text:
      if (end.size() == text.size()) answer = normalised_text(text);
      break;
    case Extraction::Kind::pattern:
      answer = last_match_in(end, extraction.detail);
      break;
    case Extraction::Kind::json_pointer:
      answer = value_at_pointer(end, extraction.detail);
      break;
  }
  if (answer && (answer->empty() || answer->size() > extracted_bytes_max)) answer.reset();
  return answer;
}

boost::asio::awaitable<std::optional<std::string>> TextAnswerExtractor::extract(const Extraction& extraction, std::string_view text) {
  if (extraction.kind != Extraction::Kind::pattern && extraction.kind != Extraction::Kind::json_pointer)
    co_return answer_in(extraction, text);
  auto answer = co_await pool_.run([&]() -> Result<std::optional<std::string>> { return answer_in(extraction, text); });
  // Refused, as the process ends or too much waits: an answer that is recorded without what stands in it would be wrong for good.
  co_return answer ? std::move(*answer) : answer_in(extraction, text);
}

}  // namespace orc
