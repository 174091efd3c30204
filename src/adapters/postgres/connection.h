#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/postgres/parameters.h"
#include "adapters/postgres/rows.h"
#include "adapters/postgres/storage_fault.h"
#include "adapters/sql_text/named_sql.h"
#include "domain/time.h"

struct pg_conn;

namespace orc::postgres {

// Where the server is and how to reach it, as libpq reads it. Holds a secret: never print it.
struct Destination {
  std::string url;
  std::chrono::milliseconds statement_max{5000};  // then the server ends a statement by itself
  // May be empty. Asked twice a second whenever the connection waits, from its first packet on. Once it says yes the wait throws
  // StorageFault (away).
  std::function<bool()> is_given_up{};
  // How long nothing may come or go while something is waited for, however far the deadline is.
  std::optional<std::chrono::milliseconds> silence_max{};
};

// Connection is one session on a server, in pipeline mode: statements are sent without waiting, exchange() waits for all their answers.
// It never waits longer than the deadline it was given, nor for a server that is silent for longer than it may be, but for a name server
// (docs/operating.md): then it throws StorageFault (late; away while it connects), and away whenever the way to the server breaks; in both
// cases it is of no use any more. Used by one thread at a time. Throws StorageFault.
class Connection {
 public:
  // Connects and prepares the session (statements/schema.sql). The catalog must outlive it. Of several hosts in the URL it begins with that
  // at place `first_host`, counted around.
  Connection(const Destination& destination, const NamedSql& catalog, SteadyTime deadline, std::size_t first_host = 0);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Sends the statement of that name, preparing it first if this connection has not seen it. Gives the place of its answer.
  std::size_t send(std::string_view name, const Parameters& parameters);

  // Waits for the answers to all that was sent since the last exchange. Throws what the first failed statement says; those behind it had
  // no effect.
  void exchange(SteadyTime deadline);

  // The answer at that place. Valid from exchange() until the next send() after it.
  const Rows& answer(std::size_t place) const;

  // Runs statements as a script, each answer dropped. Precondition: nothing was sent that was not exchanged.
  void run_script(const std::string& sql, SteadyTime deadline);

  // Ends a transaction without effect, if one is open.
  void roll_back(SteadyTime deadline);

  // Reads what the server tells by itself, without waiting: calls `each(payload)` for every notification that another session sent.
  template <typename Each>
  void take_notifications(Each each) {
    while (const auto payload = next_notification()) each(*payload);
  }

  // Whether it is of no use any more.
  bool is_broken() const { return is_broken_; }

  // When a wait for the server last ended because something came or went, be it the end of the connection.
  SteadyTime heard_at() const { return heard_at_; }

  int socket() const;
  int backend() const { return backend_; }  // process id of the server's side

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };
  struct Prepared {
    std::string name;
    std::string sql;
    bool is_known = false;  // to the server
  };
  struct Sent {
    Prepared* prepares = nullptr;  // else it executes
    std::string_view name;
    std::size_t place = 0;
  };

  void connect(const Destination& destination, SteadyTime deadline, std::size_t first_host);
  void begin_session(const Destination& destination, SteadyTime deadline);
  Prepared& prepared(std::string_view name);
  void read_answers(SteadyTime deadline, std::optional<StorageFault>& first);
  void take_answer(const Sent& sent, pg_result* result, std::optional<StorageFault>& first);
  pg_result* next_result(SteadyTime deadline);
  void flush(SteadyTime deadline);
  void wait_for(int events, SteadyTime deadline, std::string_view what);
  std::optional<std::string> next_notification();
  [[noreturn]] void throw_away(std::string_view doing);

  const NamedSql& catalog_;
  const std::optional<std::chrono::milliseconds> silence_max_;
  std::unique_ptr<pg_conn, Close> native_;
  const std::function<bool()> is_given_up_;
  int backend_ = 0;
  std::map<std::string_view, Prepared> prepared_;
  std::vector<Sent> sent_;
  std::vector<Rows> answers_;
  bool answers_are_read_ = true;
  bool is_open_ = false;
  bool is_broken_ = false;
  SteadyTime heard_at_{};
};

}  // namespace orc::postgres
