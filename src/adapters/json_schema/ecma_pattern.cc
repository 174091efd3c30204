#include "adapters/json_schema/ecma_pattern.h"

#include <re2/re2.h>
#include <utility>

namespace orc {
namespace {

// Most patterns are small; a large one needs room for its cache of states too, or each match would be slow.
constexpr int small_program_max = 1'000;
constexpr std::size_t small_memory = std::size_t{256} << 10;
constexpr std::size_t large_memory = std::size_t{8} << 20;
constexpr int program_size_max = 30'000;

std::unique_ptr<const RE2> compiled_within(const std::string& pattern, std::size_t memory) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(static_cast<std::int64_t>(memory));
  options.set_never_capture(true);
  return std::make_unique<const RE2>(pattern, options);
}

}  // namespace

EcmaPattern::EcmaPattern(std::string text, std::unique_ptr<const re2::RE2> program, std::size_t memory)
    : text_(std::move(text)), program_(std::move(program)), memory_(memory) {}
EcmaPattern::EcmaPattern(EcmaPattern&&) noexcept = default;
EcmaPattern& EcmaPattern::operator=(EcmaPattern&&) noexcept = default;
EcmaPattern::~EcmaPattern() = default;

Result<EcmaPattern> EcmaPattern::compile(std::string_view pattern) {
  auto translated = translate_ecma_pattern(pattern);
  if (!translated) return pass_on(translated);
  std::size_t memory = small_memory;
  auto program = compiled_within(*translated, memory);
  const bool small = program->ok() ? program->ProgramSize() <= small_program_max : program->error_code() != RE2::ErrorPatternTooLarge;
  if (!small) {
    memory = large_memory;
    program = compiled_within(*translated, memory);
  }
  if (!program->ok()) return fail(ErrorCode::invalid_argument, program->error());
  if (program->ProgramSize() > program_size_max) {
    return fail(ErrorCode::invalid_argument, "its program of " + std::to_string(program->ProgramSize()) +
                                                 " instructions is more than the limit of " + std::to_string(program_size_max));
  }
  return EcmaPattern(std::string(pattern), std::move(program), memory);
}

bool EcmaPattern::matches(std::string_view text) const { return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *program_); }

std::size_t EcmaPattern::program_size() const { return static_cast<std::size_t>(program_->ProgramSize()); }

}  // namespace orc
