#include "adapters/sqlite/counters.h"

#include <algorithm>

namespace orc::sqlite {

void Counters::add(CounterKey key, std::int64_t n) {
  const auto place = std::ranges::lower_bound(sums_, key, {}, &Sum::key);
  if (place != sums_.end() && place->key == key) {
    place->n += n;
  } else {
    sums_.insert(place, {.key = key, .n = n});
  }
}

void Counters::flush() {
  for (const Sum& sum : sums_)
    if (sum.n != 0) add_.execute(sum.key.owner, sum.key.name, sum.key.status, sum.n);
  sums_.clear();
}

}  // namespace orc::sqlite
