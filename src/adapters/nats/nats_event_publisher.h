#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/deliberation_json/event_message.h"
#include "adapters/nats/nats_streams.h"
#include "adapters/system/work_pool.h"
#include "ports/event_publisher.h"

namespace orc {

// NatsEventPublisher publishes events to JetStream. The library blocks, so it is called on threads of our own: many lanes side by side,
// each waiting for the server's word on one message before it sends the next; a deliberation's events go by one lane, so that none
// overtakes another whatever is lost. So many messages as there are lanes are taken in each round trip.
class NatsEventPublisher final : public EventPublisher {
 public:
  struct Settings {
    std::string servers;                                             // as NATS_URL
    std::int64_t stream_bytes_max = nats::own_stream_bytes_default;  // of a stream of our own, when it is made
  };
  // The digest must outlive it.
  NatsEventPublisher(Settings settings, Digest& digest) : settings_(std::move(settings)), digest_(digest) {}

  Async<PublishedBefore> prepare() override;
  Async<void> make_place() override;
  boost::asio::awaitable<PublishOutcome> publish(std::vector<EventToPublish> events) override;
  bool is_connected() const override { return link_ && link_->is_connected(); }

 private:
  static constexpr std::size_t lanes = 32;  // 6,400 messages a second on a way of five milliseconds
  using Lane = std::vector<EventToPublish>;

  // A deliberation goes by the lane that has least.
  static std::vector<Lane> laid_out(std::vector<EventToPublish> events);
  PublishOutcome publish_lane(const std::shared_ptr<nats::NatsLink>& link, const Lane& lane) const;
  boost::asio::awaitable<PublishOutcome> run_lane(std::shared_ptr<nats::NatsLink> link, Lane lane);

  const Settings settings_;
  Digest& digest_;
  std::shared_ptr<nats::NatsLink> link_;
  WorkPool pool_{"events to publish", {.threads = lanes, .waiting_max = lanes}};
};

}  // namespace orc
