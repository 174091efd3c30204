#pragma once

#include "application/duties/duty.h"
#include "ports/blob_store.h"
#include "ports/clock.h"

namespace orc {

// SweepBlobs removes blobs that nothing refers to any more. A fresh one is left alone for a day: its row may be on its way, and an upload
// waits for the job that will use it.
class SweepBlobs final : public Duty {
 public:
  static constexpr std::chrono::hours grace{24};
  static constexpr int batch_blobs = 200;

  SweepBlobs(BlobStore& blobs, BlobCatalog& catalog, Clock& clock) : blobs_(blobs), catalog_(catalog), clock_(clock) {}

  std::string_view name() const override { return "sweep_blobs"; }
  std::chrono::milliseconds interval() const override { return std::chrono::hours{1}; }
  Async<void> run_once() override;

 private:
  BlobStore& blobs_;
  BlobCatalog& catalog_;
  Clock& clock_;
};

}  // namespace orc
