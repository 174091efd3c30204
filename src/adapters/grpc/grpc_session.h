#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/grpc/frame_allowance.h"
#include "adapters/grpc/grpc_sharing.h"
#include "adapters/grpc/live_call.h"
#include "adapters/http/byte_budget.h"

struct nghttp2_session;

namespace orc {

// GrpcSession is the HTTP/2 side of one connection without its socket: bytes in, calls, bytes out. nghttp2 has the frames, header
// compression and flow control; here are the calls and the limits. I/O thread only.
class GrpcSession final : public CallWire {
 public:
  // `wake` is called when there may be something to gather() that receive() did not bring about. `sharing` must outlive the session.
  GrpcSession(GrpcSharing& sharing, std::string peer_address, std::function<void()> wake);
  ~GrpcSession() override;
  GrpcSession(const GrpcSession&) = delete;
  GrpcSession& operator=(const GrpcSession&) = delete;

  // Takes what the client sent. Handlers may start, and end, meanwhile.
  void receive(std::string_view bytes);
  // Appends what is to be sent, until `out` has about `most` bytes.
  void gather(std::string& out, std::size_t most);
  // Nothing more will be read or sent.
  [[nodiscard]] bool is_finished() const;

  // Says that the server stops; calls that are under way to us are still taken, streaming ones end.
  void announce_stop();
  // Takes no further call. Finished once those that run have ended.
  void refuse_calls();
  // Looks at the clock: ends calls that do not come on, and the connection if it must. Also tells who does not answer.
  void judge(SteadyTime now);

  // Why the session ended itself.
  [[nodiscard]] std::optional<GrpcCut> cut_for() const { return cut_; }
  [[nodiscard]] std::size_t open_calls() const { return calls_.size(); }
  [[nodiscard]] bool has_greeted() const { return greeted_; }

  // CallWire.
  void send(LiveCall& call) override;
  void took(LiveCall& call, std::size_t bytes) override;
  bool count(LiveCall& call, HeldFor purpose, Counting counting) override;

 private:
  struct Callbacks;  // what nghttp2 calls
  nghttp2_session* new_session();

  void frame_began(std::uint8_t type, std::size_t length, std::uint8_t flags);
  void frame_sent(std::uint8_t type, std::uint8_t flags, std::int32_t stream_id, std::uint32_t error);
  void data_came(LiveCall& call, std::string_view bytes);
  void moved(std::size_t bytes);
  void stream_closed(std::int32_t stream_id);
  void begin_answer(LiveCall& call);
  void end_with(GrpcCut why, std::uint32_t http2_error);
  void judge_call(LiveCall& call, SteadyTime now);
  LiveCall* call_of(std::int32_t stream_id);

  GrpcSharing& sharing_;
  const std::string peer_address_;
  const std::function<void()> wake_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, std::shared_ptr<LiveCall>> calls_;
  ByteBudget::Share held_;
  std::size_t held_bytes_ = 0;
  FrameAllowance allowance_;
  std::size_t moved_bytes_ = 0;  // that have not filled the allowance yet

  bool receiving_ = false;
  bool greeted_ = false;  // the client's SETTINGS came
  bool refuses_ = false;  // GOAWAY with the last call was said
  SteadyTime began_;
  SteadyTime heard_;                 // when bytes came last
  SteadyTime idle_since_;            // when the last call ended
  std::optional<SteadyTime> asked_;  // by a ping, since when nothing came
  std::optional<GrpcCut> cut_;
};

}  // namespace orc
