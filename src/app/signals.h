#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <optional>

#include "adapters/postgres/postgres_job_signals.h"
#include "adapters/system/in_process_job_signals.h"
#include "app/settings.h"
#include "app/stores.h"
#include "ports/readiness.h"

namespace orc {

// Signals is how those who change something reach those who wait for it: in this process, and in all processes where the database is
// shared; there it also makes the stores forget what others changed. Every watch and wait ends, and the I/O thread stands still, before it
// goes.
class Signals final : public ReadinessProbe {
 public:
  // `io` is where use cases run: what other processes tell is told there. Both outlive it.
  Signals(boost::asio::any_io_executor io, const Settings& settings, Stores& stores);

  JobSignals& jobs();

  // Whether other processes are heard; never an error, as everything is right without, only later.
  std::string_view name() const override { return "signals"; }
  Async<std::string> check() override;

  // Tells what there is to tell; afterwards it is deaf. Blocks for about a round trip. Safe twice.
  void stop();

 private:
  InProcessJobSignals here_;
  std::optional<PostgresJobSignals> everywhere_;  // where the database is shared
};

}  // namespace orc
