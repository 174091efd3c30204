#pragma once

#include <vector>

#include "ports/job_reader.h"

namespace orc {

// The window `page` on `all`.
template <typename T>
std::vector<T> page_of(const std::vector<T>& all, Page page) {
  std::vector<T> items;
  for (auto i = static_cast<std::size_t>(page.skip); i < all.size() && items.size() < static_cast<std::size_t>(page.limit); ++i)
    items.push_back(all[i]);
  return items;
}

}  // namespace orc
