#include "adapters/model_stub/recorded_answers.h"

#include <algorithm>
#include <array>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/model_stub/fault_words.h"

namespace orc {
namespace {

constexpr std::size_t answers_max = 1'000;
constexpr auto members = std::to_array<std::string_view>({"match", "model", "answer", "answers"});

}  // namespace

Result<RecordedAnswers::Line> RecordedAnswers::parse_line(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  if (!document) return fail(ErrorCode::invalid_argument, "it is no JSON: " + document.error().message);
  FieldReader fields(document->root(), {});
  fields.refuse_all_but(members, "a recorded answer");
  Line line;
  line.match = fields.optional_string("match", {}).value_or("");
  line.model = fields.optional_string("model", {}).value_or("");
  if (auto answers = fields.optional_string_list("answers", answers_max, {})) line.answers = std::move(*answers);
  if (auto answer = fields.optional_string("answer", {})) {
    if (!line.answers.empty()) fields.add_fault("answer", R"(Value error, it stands beside "answers": give one of the two)");
    line.answers.push_back(std::move(*answer));
  }
  if (!fields.faults().empty()) return fail(ErrorCode::invalid_argument, fault_words(fields.faults().front()));
  if (line.answers.empty()) return fail(ErrorCode::invalid_argument, R"(it has neither "answer" nor "answers")");
  return line;
}

Result<RecordedAnswers> RecordedAnswers::parse(std::string_view text) {
  RecordedAnswers recorded;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.find_first_not_of(" \t\r") == std::string_view::npos || one.starts_with('#')) continue;
    auto line = parse_line(one);
    if (!line) return fail(ErrorCode::invalid_argument, "line " + std::to_string(number) + ": " + line.error().message);
    if (recorded.lines_.size() == lines_max)
      return fail(ErrorCode::invalid_argument, "it has more than " + std::to_string(lines_max) + " answers");
    recorded.lines_.push_back(std::move(*line));
  }
  return recorded;
}

const std::vector<std::string>& RecordedAnswers::find(std::string_view model, const std::vector<std::string>& messages) const {
  const auto fits = [&](const Line& line) {
    if (!line.model.empty() && line.model != model) return false;
    return std::ranges::any_of(messages, [&](const std::string& message) { return message.contains(line.match); });
  };
  const auto found = std::ranges::find_if(lines_, fits);
  return found == lines_.end() ? nothing_ : found->answers;
}

}  // namespace orc
