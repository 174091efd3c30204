#include "adapters/remote_registry/registry_client.h"

#include <chrono>

#include "domain/assert.h"

namespace orc {
namespace {

constexpr std::chrono::milliseconds hang_up_pause{50};

}  // namespace

RegistryClient::RegistryClient(std::string url, std::optional<TlsTrust> trust, std::string token)
    : url_(std::move(url)), trust_(std::move(trust)), token_(std::move(token)) {}

RegistryClient::~RegistryClient() { stop(); }

class RegistryClient::Loan {
 public:
  explicit Loan(RegistryClient& owner) : owner_(owner), connection_(owner.take_connection()) {
    const std::lock_guard lock(owner_.mutex_);
    owner_.busy_.push_back(&connection_);
  }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan() {
    {
      const std::lock_guard lock(owner_.mutex_);
      std::erase(owner_.busy_, &connection_);
    }
    owner_.ended_.notify_all();
    if (is_good_) owner_.keep(std::move(connection_));
  }

  HttpClient& connection() { return connection_; }
  void keep_afterwards() { is_good_ = true; }

 private:
  RegistryClient& owner_;
  HttpClient connection_;
  bool is_good_ = false;
};

Async<HttpReply> RegistryClient::send(RegistryRequest request) {
  if (!token_.empty()) request.headers.push_back({"Authorization", "Bearer " + token_});
  const SteadyTime deadline = std::chrono::steady_clock::now() + request.timeout;
  co_return co_await pool_.run([&] { return exchange(request, deadline); });
}

Result<HttpReply> RegistryClient::exchange(const RegistryRequest& request, SteadyTime deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  if (left.count() <= 0)
    return fail(ErrorCode::unavailable, "the plugin registry at " + url_ + " is too slow just now for all that it is asked");
  Loan loan(*this);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return fail(ErrorCode::unavailable, "the service is stopping");
  }
  auto reply = loan.connection().request(request.method, request.target, request.headers, request.body, left);
  if (!reply) return fail(ErrorCode::unavailable, "the plugin registry at " + url_ + " does not answer: " + reply.error().message);
  loan.keep_afterwards();
  return reply;
}

// One that has just begun may not hear the first word.
void RegistryClient::stop() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    while (!busy_.empty()) {
      for (HttpClient* const connection : busy_) connection->interrupt();
      ended_.wait_for(lock, hang_up_pause, [this] { return busy_.empty(); });
    }
  }
  pool_.stop();
}

HttpClient RegistryClient::take_connection() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      HttpClient kept = std::move(idle_.back());
      idle_.pop_back();
      return kept;
    }
  }
  auto made = HttpClient::create(url_, trust_);
  ORC_ASSERT(made.has_value());
  made->set_reply_max(answer_bytes_max);
  return std::move(*made);
}

void RegistryClient::keep(HttpClient connection) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
}

}  // namespace orc
