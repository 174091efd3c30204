#include "app/nats_check.h"

#include "adapters/nats/nats_streams.h"
#include "app/setting_readers.h"

namespace orc {

Finding check_nats(const Environment& environment) {
  Finding finding{.subject = "nats", .found = "NATS_URL names none; events of deliberations stay in the database", .advice = {}};
  const std::string servers = environment("NATS_URL").value_or("");
  if (servers.empty()) return finding;
  const auto is_wanted = yes_or_no("ENABLE_NATS", environment("ENABLE_NATS").value_or("true"));
  if (is_wanted && !*is_wanted) {
    finding.found = "ENABLE_NATS switches it off; events of deliberations stay in the database";
    return finding;
  }
  if (const auto good = check_nats_url("NATS_URL", servers); !good || !is_wanted)
    return {.verdict = Finding::Verdict::bad,
            .subject = "nats",
            .found = good ? is_wanted.error().message : good.error().message,
            .advice = "set NATS_URL to nats://host:port, or unset it"};
  const auto link = nats::NatsLink::connect(servers);
  if (!link)
    return {.verdict = Finding::Verdict::warn,
            .subject = "nats",
            .found = link.error().message,
            .advice = "start the server with JetStream (nats-server -js), or correct NATS_URL; until then events wait in the database"};
  const auto streams = nats::describe_streams(**link);
  if (!streams)
    return {.verdict = Finding::Verdict::bad,
            .subject = "nats",
            .found = streams.error().message,
            .advice = "until then no event is published; they wait in the database for --retain-events"};
  finding.found = *streams;
  return finding;
}

}  // namespace orc
