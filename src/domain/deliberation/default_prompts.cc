#include "domain/deliberation/default_prompts.h"

#include <cstddef>

namespace orc {
namespace {

constexpr char system_words[] = {
#embed "../../../prompts/system.txt"
};
constexpr char task_words[] = {
#embed "../../../prompts/task.txt"
};
constexpr char propose_words[] = {
#embed "../../../prompts/propose.txt"
};
constexpr char exchange_words[] = {
#embed "../../../prompts/exchange.txt"
};
constexpr char critique_words[] = {
#embed "../../../prompts/critique.txt"
};
constexpr char revise_words[] = {
#embed "../../../prompts/revise.txt"
};
constexpr char rank_words[] = {
#embed "../../../prompts/rank.txt"
};
constexpr char aggregate_words[] = {
#embed "../../../prompts/aggregate.txt"
};

template <std::size_t size>
constexpr std::string_view text_of(const char (&bytes)[size]) {
  return {bytes, size};
}

constexpr DefaultPrompts all = {.system = text_of(system_words),
                                .task = text_of(task_words),
                                .propose = text_of(propose_words),
                                .exchange = text_of(exchange_words),
                                .critique = text_of(critique_words),
                                .revise = text_of(revise_words),
                                .rank = text_of(rank_words),
                                .aggregate = text_of(aggregate_words)};

}  // namespace

const DefaultPrompts& default_prompts() { return all; }

}  // namespace orc
