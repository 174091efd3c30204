#pragma once

#include "application/job/run_job.h"
#include "tests/fakes/fake_world.h"

namespace orc {

// WorkingWorld is a FakeWorld that can run what was claimed from it.
struct WorkingWorld : FakeWorld {
  RunJob run_job{{.store = jobs,
                  .reader = job_reader,
                  .plugins = plugin_reader,
                  .schemas = schemas,
                  .cluster = cluster,
                  .signals = signals,
                  .random = random,
                  .clock = clock},
                 payloads};
};

}  // namespace orc
