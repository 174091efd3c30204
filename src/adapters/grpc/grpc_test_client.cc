#include "adapters/grpc/grpc_test_client.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace orc {
namespace {

nghttp2_nv nv(const std::pair<std::string, std::string>& field) {
  const auto bytes = [](const std::string& text) { return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data())); };
  return {bytes(field.first), bytes(field.second), field.first.size(), field.second.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

struct GrpcTestClient::Stream {
  std::string body;  // to be sent
  bool goes_on = false;
  std::string came;  // of messages
  TestAnswer answer;

  void take_messages() {
    if (answer.field(":status") != "200") {
      answer.text = came;
      return;
    }
    const bool packed = answer.field("grpc-encoding") == "gzip";
    MessageReader reader(packed ? GrpcEncoding::gzip : GrpcEncoding::identity, std::size_t{64} << 20);
    std::deque<std::string> messages;
    if (!reader.read(came, messages)) throw std::runtime_error("the server's messages cannot be read");
    answer.messages.assign(messages.begin(), messages.end());
  }
};

struct GrpcTestClient::Callbacks {
  static Stream* stream_of(void* user, std::int32_t id) {
    auto& streams = static_cast<GrpcTestClient*>(user)->streams_;
    const auto place = streams.find(id);
    return place == streams.end() ? nullptr : place->second.get();
  }
  static int field(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                   std::size_t value_size, std::uint8_t, void* user) {
    if (Stream* stream = stream_of(user, frame->hd.stream_id))
      stream->answer.fields[{reinterpret_cast<const char*>(name), name_size}] = {reinterpret_cast<const char*>(value), value_size};
    return 0;
  }
  static int chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size, void* user) {
    if (Stream* stream = stream_of(user, id)) stream->came.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }
  static int frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY) static_cast<GrpcTestClient*>(user)->goaway_ = frame->goaway.error_code;
    return 0;
  }
  static int closed(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
    if (Stream* stream = stream_of(user, id)) {
      stream->answer.closed = true;
      if (error != 0) stream->answer.reset = error;
    }
    return 0;
  }
  static ssize_t body(nghttp2_session*, std::int32_t id, std::uint8_t* room, std::size_t size, std::uint32_t* flags, nghttp2_data_source*,
                      void* user) {
    Stream& stream = *stream_of(user, id);
    const std::size_t part = std::min(size, stream.body.size());
    std::copy_n(stream.body.data(), part, room);
    stream.body.erase(0, part);
    if (!stream.body.empty()) return static_cast<ssize_t>(part);
    if (!stream.goes_on) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return part == 0 && stream.goes_on ? NGHTTP2_ERR_DEFERRED : static_cast<ssize_t>(part);
  }
};

GrpcTestClient::GrpcTestClient(std::uint16_t port, Reading reading) {
  socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const int at_once = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) throw std::runtime_error("cannot connect");

  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Callbacks::field);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Callbacks::chunk);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Callbacks::frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Callbacks::closed);
  nghttp2_session_client_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, reading == Reading::with_no_window ? 0U : 65'535U};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
}

GrpcTestClient::~GrpcTestClient() {
  nghttp2_session_del(session_);
  ::close(socket_);
}

void GrpcTestClient::flush() {
  const std::uint8_t* bytes = nullptr;
  ssize_t size = 0;
  while ((size = nghttp2_session_mem_send(session_, &bytes)) > 0) {
    for (ssize_t sent = 0; sent < size;) {
      const ssize_t part = ::send(socket_, bytes + sent, static_cast<std::size_t>(size - sent), MSG_NOSIGNAL);
      if (part <= 0) return;  // the server has closed, which the reads tell
      sent += part;
    }
  }
}

bool GrpcTestClient::receive() {
  flush();
  std::uint8_t bytes[16 * 1024];
  const ssize_t size = ::recv(socket_, bytes, sizeof bytes, 0);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) ADD_FAILURE() << "the server neither answered nor closed within ten seconds";
  if (size <= 0) return false;
  EXPECT_GE(nghttp2_session_mem_recv(session_, bytes, static_cast<std::size_t>(size)), 0);
  return true;
}

std::int32_t GrpcTestClient::begin(const std::string& path, std::string body, TestFields extra, Request request) {
  TestFields fields{{":method", "POST"},    {":scheme", "http"}, {":path", path},
                    {":authority", "test"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
  fields.insert(fields.end(), extra.begin(), extra.end());
  const std::int32_t id = begin_raw(fields, {});
  streams_.at(id)->goes_on = true;
  send(id, body, request);
  return id;
}

std::int32_t GrpcTestClient::begin_raw(const TestFields& fields, std::string body) {
  std::vector<nghttp2_nv> block;
  for (const auto& field : fields) block.push_back(nv(field));
  const nghttp2_data_provider provider{.source = {.ptr = nullptr}, .read_callback = &Callbacks::body};
  const std::int32_t id = nghttp2_submit_request(session_, nullptr, block.data(), block.size(), &provider, nullptr);
  streams_[id] = std::make_unique<Stream>();
  streams_[id]->body = std::move(body);
  return id;
}

void GrpcTestClient::send(std::int32_t stream, std::string_view bytes, Request request) {
  Stream& target = *streams_.at(stream);
  target.body.append(bytes);
  target.goes_on = request == Request::goes_on;
  nghttp2_session_resume_data(session_, stream);
  flush();
}

void GrpcTestClient::cancel(std::int32_t stream) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
  flush();
}

TestAnswer GrpcTestClient::wait_for_end(std::int32_t stream) {
  Stream& target = *streams_.at(stream);
  while (!target.answer.closed && receive()) {}
  target.take_messages();
  return target.answer;
}

TestAnswer GrpcTestClient::wait_for_messages(std::int32_t stream, std::size_t count) {
  Stream& target = *streams_.at(stream);
  while (target.answer.messages.size() < count && !target.answer.closed && receive()) target.take_messages();
  return target.answer;
}

std::optional<std::uint32_t> GrpcTestClient::wait_for_goaway() {
  while (!goaway_ && receive()) {}
  return goaway_;
}

TestAnswer GrpcTestClient::call(const std::string& path, std::string_view message, TestFields extra) {
  return wait_for_end(begin(path, framed(message), std::move(extra)));
}

}  // namespace orc
