#pragma once

#include "adapters/metrics/metrics.h"
#include "adapters/sandbox/warm_figures.h"

namespace orc {

// A worker's figures in the words of the metrics.
WarmReading warm_reading(const WarmFigures& figures);

}  // namespace orc
