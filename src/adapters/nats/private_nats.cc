#include "adapters/nats/private_nats.h"

#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nats/nats.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace orc::nats {
namespace {

constexpr int ready_ms_max = 20'000;

int free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(probe);
  if (!bound) throw std::runtime_error("no free port");
  return ::ntohs(address.sin_port);
}

// Reads what the server logs until it says that it is ready.
void await_ready(int log) {
  std::string said;
  char buffer[4096];
  while (!said.contains("Server is ready")) {
    pollfd watched{.fd = log, .events = POLLIN, .revents = 0};
    const ssize_t count = ::poll(&watched, 1, ready_ms_max) == 1 ? ::read(log, buffer, sizeof buffer) : 0;
    if (count <= 0) throw std::runtime_error("nats-server does not start, or is not there: run ./dev setup. It says: " + said);
    said.append(buffer, static_cast<std::size_t>(count));
  }
}

void must(natsStatus status, const char* what) {
  if (status != NATS_OK) throw std::runtime_error(std::string(what) + ": " + natsStatus_GetText(status));
}

// A connection of a test's own.
struct Client {
  explicit Client(const std::string& url) {
    must(natsConnection_ConnectTo(&connection, url.c_str()), "connect");
    must(natsConnection_JetStream(&streams, connection, nullptr), "JetStream");
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    jsCtx_Destroy(streams);
    natsConnection_Destroy(connection);
  }

  natsConnection* connection = nullptr;
  jsCtx* streams = nullptr;
};

}  // namespace

PrivateNats::PrivateNats(const std::string& config) : port_(free_port()) {
  std::string pattern = (std::filesystem::temp_directory_path() / "orc-nats-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder can be made");
  folder_ = pattern;
  std::ofstream(folder_ + "/config") << config << '\n';
  start();
}

PrivateNats::~PrivateNats() {
  kill();
  std::filesystem::remove_all(folder_);
}

void PrivateNats::start() {
  // It ends with this program, even where that is aborted.
  std::vector<std::string> words = {
      "setpriv", "--pdeathsig", "KILL", "nats-server", "-a", "127.0.0.1", "-p", std::to_string(port_), "-js", "-sd", folder_ + "/streams"};
  words.insert(words.end(), {"-c", folder_ + "/config"});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int log[2];
  if (::pipe2(log, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, log[1], STDERR_FILENO);
  const int failed = ::posix_spawnp(&pid_, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(log[1]);
  if (failed != 0) throw std::runtime_error("there is no setpriv: run ./dev setup");
  await_ready(log[0]);
  log_ = log[0];  // stays open: a server that cannot write there ends
}

void PrivateNats::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::close(log_);
  pid_ = 0;
}

void PrivateNats::pause() const {
  ::kill(pid_, SIGSTOP);
  ::waitpid(pid_, nullptr, WUNTRACED);  // each of its threads has stopped
}
void PrivateNats::go_on() const { ::kill(pid_, SIGCONT); }

void PrivateNats::wipe() const { std::filesystem::remove_all(folder_ + "/streams"); }

std::vector<PrivateNats::Kept> PrivateNats::kept(const std::string& stream) const {
  const Client client(url());
  jsStreamInfo* info = nullptr;
  must(js_GetStreamInfo(&info, client.streams, stream.c_str(), nullptr, nullptr), "stream");
  const std::uint64_t last = info->State.LastSeq;
  jsStreamInfo_Destroy(info);
  std::vector<Kept> all;
  for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
    natsMsg* message = nullptr;
    must(js_GetMsg(&message, client.streams, stream.c_str(), sequence, nullptr, nullptr), "message");
    const char* id = nullptr;
    must(natsMsgHeader_Get(message, "Nats-Msg-Id", &id), "header");
    all.push_back({.subject = natsMsg_GetSubject(message),
                   .id = id,
                   .body = std::string(natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message)))});
    natsMsg_Destroy(message);
  }
  return all;
}

void PrivateNats::make_stream(const std::string& name, const std::string& subject) const {
  const Client client(url());
  const char* subjects[] = {subject.c_str()};
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  config.Name = name.c_str();
  config.Subjects = subjects;
  config.SubjectsLen = 1;
  must(js_AddStream(nullptr, client.streams, &config, nullptr, nullptr), "stream");
}

struct Ambush::Watch {
  Watch(const PrivateNats& server, int messages) : client(server.url()), pid(server.pid()), left(messages) {
    must(natsConnection_Subscribe(&subscription, client.connection, "vllm.streaming.>", count, this), "subscribe");
    must(natsConnection_Flush(client.connection), "flush");
  }
  ~Watch() {
    natsSubscription_Unsubscribe(subscription);
    natsSubscription_Destroy(subscription);
  }

  // On a thread of the library.
  static void count(natsConnection*, natsSubscription*, natsMsg* message, void* watch) {
    natsMsg_Destroy(message);
    auto& self = *static_cast<Watch*>(watch);
    if (--self.left == 0) ::kill(self.pid, SIGKILL);
  }

  Client client;
  natsSubscription* subscription = nullptr;
  const pid_t pid;
  std::atomic<int> left;
};

Ambush::Ambush(const PrivateNats& server, int messages) : watch_(std::make_unique<Watch>(server, messages)) {}
Ambush::~Ambush() = default;

}  // namespace orc::nats
