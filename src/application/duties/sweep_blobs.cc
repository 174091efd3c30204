#include "application/duties/sweep_blobs.h"

namespace orc {

Async<void> SweepBlobs::run_once() {
  const Timestamp cutoff = clock_.now() - grace;
  ContentHash after{};
  for (;;) {
    auto old = co_await blobs_.older_than(cutoff, after, batch_blobs);
    if (!old) co_return pass_on(old);
    if (old->empty()) co_return Result<void>{};
    after = old->back();
    auto unused = co_await catalog_.forget_unreferenced(std::move(*old), cutoff);
    if (!unused) co_return pass_on(unused);
    for (const ContentHash& hash : *unused)
      if (auto removed = co_await blobs_.remove(hash, cutoff); !removed) co_return removed;
  }
}

}  // namespace orc
