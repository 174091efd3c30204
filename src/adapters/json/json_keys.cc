#include "adapters/json/json_keys.h"

#include <algorithm>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace orc {
namespace {

// Up to here every pair of keys is compared; above, they are sorted.
constexpr std::size_t compared_pairwise_max = 16;

std::optional<JsonValue> find_pairwise(JsonValue object) {
  std::string_view seen[compared_pairwise_max];
  std::list<std::string> unescaped;  // rarely filled
  std::string scratch;
  std::size_t used = 0;
  for (const auto& member : object.members()) {
    std::string_view key = member.key.string(scratch);
    if (key.data() == scratch.data()) key = unescaped.emplace_back(key);
    if (std::find(seen, seen + used, key) != seen + used) return member.key;
    seen[used++] = key;
  }
  return std::nullopt;
}

struct Key {
  std::string_view characters;  // of the text, or of `unescaped`
  std::string unescaped;
  JsonValue node;
};

// Sorting needs no hash that could be flooded.
std::optional<JsonValue> find_by_sorting(JsonValue object) {
  std::vector<Key> keys;
  keys.reserve(object.size());  // an element must not move: it may be viewed
  std::vector<const Key*> order;
  order.reserve(object.size());
  for (const auto& member : object.members()) {
    Key& key = keys.emplace_back(std::string_view(), std::string(), member.key);
    key.characters = key.node.string(key.unescaped);
    order.push_back(&key);
  }
  std::sort(order.begin(), order.end(), [](const Key* a, const Key* b) {
    if (const auto by_text = a->characters <=> b->characters; by_text != 0) return by_text < 0;
    return a->node.offset() < b->node.offset();
  });
  const auto same =
      std::adjacent_find(order.begin(), order.end(), [](const Key* a, const Key* b) { return a->characters == b->characters; });
  if (same == order.end()) return std::nullopt;
  return same[1]->node;
}

}  // namespace

std::optional<JsonValue> find_repeated_key(JsonValue object) {
  if (object.size() < 2) return std::nullopt;
  return object.size() <= compared_pairwise_max ? find_pairwise(object) : find_by_sorting(object);
}

}  // namespace orc
