#include "adapters/nats/nats_link.h"

#include <algorithm>
#include <nats/nats.h>
#include <utility>

#include "domain/assert.h"

namespace orc::nats {
namespace {

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
// Of ORC_EVENTS, so that nobody's disk fills: the outbox keeps events for about as long.
constexpr std::int64_t kept_seconds_max = 7 * 24 * 3600;
constexpr std::int64_t repeats_known_seconds = 120;
constexpr std::int64_t ping_ms = 5'000;

template <auto destroy>
struct Destroy {
  template <typename T>
  void operator()(T* owned) const {
    destroy(owned);
  }
};
template <typename T, auto destroy>
using Owned = std::unique_ptr<T, Destroy<destroy>>;

std::unexpected<Error> away(std::string_view what, natsStatus status) {
  return fail(ErrorCode::unavailable, "NATS: " + std::string(what) + ": " + natsStatus_GetText(status));
}

// With what JetStream itself has to say.
std::unexpected<Error> away(std::string_view what, natsStatus status, jsErrCode code) {
  if (code == JSInsufficientResourcesErr || code == JSStorageResourcesExceededErr)
    return fail(ErrorCode::unavailable, "NATS: " + std::string(what) +
                                            ": the server has not so much storage to reserve; give it more (jetstream max_file_store), or "
                                            "this stream less (--events-stream-mb)");
  if (code == 0) return away(what, status);
  return fail(ErrorCode::unavailable, "NATS: " + std::string(what) + ": JetStream's error " + std::to_string(static_cast<int>(code)));
}

std::vector<std::string> split(const std::string& servers) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < servers.size();) {
    const std::size_t comma = std::min(servers.find(',', at), servers.size());
    if (comma > at) all.push_back(servers.substr(at, comma - at));
    at = comma + 1;
  }
  return all;
}

natsStatus set_up(natsOptions* options, const std::string& servers) {
  const std::vector<std::string> urls = split(servers);
  std::vector<const char*> texts;
  texts.reserve(urls.size());
  for (const std::string& url : urls) texts.push_back(url.c_str());
  natsStatus status = natsOptions_SetServers(options, texts.data(), static_cast<int>(texts.size()));
  if (status == NATS_OK) status = natsOptions_SetName(options, "orc");
  if (status == NATS_OK) status = natsOptions_SetTimeout(options, answer_max.count());
  if (status == NATS_OK) status = natsOptions_SetAllowReconnect(options, false);
  if (status == NATS_OK) status = natsOptions_SetFailRequestsOnDisconnect(options, true);
  if (status == NATS_OK) status = natsOptions_SetPingInterval(options, ping_ms);
  if (status == NATS_OK) status = natsOptions_SetSendAsap(options, true);
  if (status == NATS_OK) status = natsOptions_SetWriteDeadline(options, answer_max.count());
  return status;
}

// What is wrong with a subject's stream is told by the server as an answer that nobody gave.
bool is_refusal(natsStatus status, jsErrCode code) { return status == NATS_MAX_PAYLOAD || code == JSStreamMessageExceedsMaximumErr; }

}  // namespace

Result<std::unique_ptr<NatsLink>> NatsLink::connect(const std::string& servers) {
  natsOptions* made = nullptr;
  if (const natsStatus status = natsOptions_Create(&made); status != NATS_OK) return away("no connection", status);
  const Owned<natsOptions, natsOptions_Destroy> options(made);
  if (const natsStatus status = set_up(options.get(), servers); status != NATS_OK) return away("no connection", status);
  natsConnection* connection = nullptr;
  if (const natsStatus status = natsConnection_Connect(&connection, options.get()); status != NATS_OK) return away("no connection", status);
  Owned<natsConnection, natsConnection_Destroy> connected(connection);

  jsOptions defaults;
  jsOptions_Init(&defaults);
  defaults.Wait = answer_max.count();
  jsCtx* streams = nullptr;
  if (const natsStatus status = natsConnection_JetStream(&streams, connection, &defaults); status != NATS_OK)
    return away("no JetStream", status);
  return std::unique_ptr<NatsLink>(new NatsLink(connected.release(), streams));
}

NatsLink::~NatsLink() {
  jsCtx_Destroy(streams_);
  natsConnection_Destroy(connection_);
}

bool NatsLink::is_connected() const { return natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED; }

Result<Taken> NatsLink::publish(const Message& message) {
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MsgId = message.id.c_str();
  options.MaxWait = answer_max.count();
  jsErrCode code{};
  const natsStatus status =
      js_Publish(nullptr, streams_, message.subject.c_str(), message.body.data(), static_cast<int>(message.body.size()), &options, &code);
  if (status == NATS_OK) return Taken::yes;
  if (is_refusal(status, code)) return Taken::never;
  if (status == NATS_NO_RESPONDERS) return fail(ErrorCode::unavailable, "NATS: no stream keeps " + message.subject);
  return away("an event was not taken", status, code);
}

Result<std::optional<NatsLink::Stream>> NatsLink::stream(const std::string& name) {
  jsStreamInfo* found = nullptr;
  jsErrCode code{};
  const natsStatus status = js_GetStreamInfo(&found, streams_, name.c_str(), nullptr, &code);
  if (status == NATS_NOT_FOUND || code == JSStreamNotFoundErr) return std::nullopt;
  if (status != NATS_OK) return away("streams cannot be read", status, code);
  const Owned<jsStreamInfo, jsStreamInfo_Destroy> owned(found);
  // A stream that keeps '>' keeps the requests to JetStream too, and may answer them as messages that it took.
  if (owned->Config == nullptr)
    return fail(ErrorCode::unavailable, "NATS: streams cannot be read: what answers is not JetStream's API; does a stream keep '>'?");
  Stream stream{.name = name, .subjects = {}, .bytes_max = owned->Config->MaxBytes};
  for (int i = 0; i < owned->Config->SubjectsLen; ++i) stream.subjects.emplace_back(owned->Config->Subjects[i]);
  return stream;
}

Result<std::vector<NatsLink::Stream>> NatsLink::streams_for(const std::string& filter) {
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = answer_max.count();
  options.Stream.Info.SubjectsFilter = filter.c_str();
  jsStreamNamesList* names = nullptr;
  jsErrCode code{};
  std::vector<Stream> all;
  const natsStatus status = js_StreamNames(&names, streams_, &options, &code);
  if (status == NATS_NOT_FOUND) return all;
  if (status != NATS_OK) return away("streams cannot be read", status, code);
  const Owned<jsStreamNamesList, jsStreamNamesList_Destroy> owned(names);
  for (int i = 0; i < owned->Count; ++i) {
    auto one = stream(owned->List[i]);
    if (!one) return pass_on(one);
    if (*one) all.push_back(std::move(**one));  // else it was removed just now
  }
  return all;
}

namespace {

// Calls one of the two with what ORC_EVENTS is.
template <typename Call>
natsStatus with_config(const NatsLink::Stream& stream, Call call) {
  std::vector<const char*> texts;
  texts.reserve(stream.subjects.size());
  for (const std::string& subject : stream.subjects) texts.push_back(subject.c_str());
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  config.Name = stream.name.c_str();
  config.Description = "events of deliberations that no other stream keeps";
  config.Subjects = texts.data();
  config.SubjectsLen = static_cast<int>(texts.size());
  config.Storage = js_FileStorage;
  config.MaxAge = kept_seconds_max * nanoseconds_per_second;
  config.MaxBytes = stream.bytes_max;
  config.Duplicates = repeats_known_seconds * nanoseconds_per_second;
  return call(&config);
}

}  // namespace

Result<void> NatsLink::make_stream(const Stream& stream) {
  jsErrCode code{};
  const natsStatus status =
      with_config(stream, [&](jsStreamConfig* config) { return js_AddStream(nullptr, streams_, config, nullptr, &code); });
  if (status != NATS_OK) return away("stream " + stream.name + " cannot be made", status, code);
  return {};
}

Result<void> NatsLink::change_stream(const Stream& stream) {
  jsErrCode code{};
  const natsStatus status =
      with_config(stream, [&](jsStreamConfig* config) { return js_UpdateStream(nullptr, streams_, config, nullptr, &code); });
  if (status != NATS_OK) return away("stream " + stream.name + " cannot be changed", status, code);
  return {};
}

}  // namespace orc::nats
