#pragma once

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_credentials.h"
#include "tests/fakes/memory_blobs.h"
#include "tests/fakes/memory_callback_store.h"
#include "tests/fakes/memory_deliberation_store.h"
#include "tests/fakes/memory_event_outbox.h"
#include "tests/fakes/memory_job_reader.h"
#include "tests/fakes/memory_job_store.h"
#include "tests/fakes/memory_plugin_store.h"
#include "tests/fakes/memory_readiness.h"
#include "tests/fakes/memory_retention.h"
#include "tests/fakes/memory_user_store.h"
#include "tests/fakes/memory_worker_store.h"
#include "tests/fakes/recording_audit_log.h"

namespace orc {

// MemoryStores is one database in memory, seen through every port, with the clock that a test moves.
struct MemoryStores {
  FakeClock clock;
  FakeDigest digest;
  MemoryState state{clock};
  MemoryJobStore jobs{state};
  MemoryJobReader job_reader{state};
  MemoryPluginStore plugins{state};
  MemoryPluginReader plugin_reader{state};
  MemoryUserStore users{state};
  MemoryApiKeyStore api_keys{state};
  MemoryWorkerStore workers{state};
  MemoryRetention retention{state};
  MemoryCallbackStore callbacks{state};
  MemoryBlobStore blobs{state, digest};
  MemoryBlobCatalog blob_catalog{state};
  RecordingAuditLog audit{state};
  MemoryDeliberationStore deliberations{state};
  MemoryEventOutbox events{state};
  MemoryReadiness readiness{state};
};

}  // namespace orc
