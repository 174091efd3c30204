#include "adapters/postgres/connection.h"

#include <algorithm>
#include <array>
#include <deque>
#include <libpq-fe.h>
#include <poll.h>

#include "adapters/postgres/libpq_on_demand.h"
#include "adapters/sql_text/text_of.h"
#include "domain/assert.h"

namespace orc::postgres {
namespace {

constexpr int binary = 1;
constexpr std::int64_t wait_pause_ms = 60'000;
constexpr std::int64_t give_up_pause_ms = 500;

struct ParsedUrl {
  ~ParsedUrl() { PQconninfoFree(options); }
  PQconninfoOption* options = nullptr;
};

// What a URL says, and what we add where it says nothing.
struct Keywords {
  std::vector<const char*> names;
  std::vector<const char*> values;

  void add(const char* name, const char* value) {
    names.push_back(name);
    values.push_back(value);
  }
  void add_unless_given(const char* name, const char* value) {
    if (std::ranges::find(names, std::string_view(name)) == names.end()) add(name, value);
  }
};

constexpr std::array<std::string_view, 3> lists_of_hosts = {"host", "hostaddr", "port"};

// "a,b,c" as "b,c,a".
std::string begin_at(std::size_t place, std::string_view list) {
  std::vector<std::string_view> parts;
  for (auto comma = list.find(','); comma != std::string_view::npos; comma = list.find(',')) {
    parts.push_back(list.substr(0, comma));
    list.remove_prefix(comma + 1);
  }
  parts.push_back(list);
  std::string turned;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) turned += ',';
    turned += parts[(place + i) % parts.size()];
  }
  return turned;
}

StorageFault away(std::string_view doing, std::string_view words) {
  while (words.ends_with('\n')) words.remove_suffix(1);
  return {StorageFault::Kind::away, text_of(doing, ": ", words)};
}

}  // namespace

void Connection::Close::operator()(pg_conn* connection) const { PQfinish(connection); }

Connection::Connection(const Destination& destination, const NamedSql& catalog, SteadyTime deadline, std::size_t first_host)
    : catalog_(catalog), silence_max_(destination.silence_max), is_given_up_(destination.is_given_up) {
  connect(destination, deadline, first_host);
  begin_session(destination, deadline);
  is_open_ = true;
}

Connection::~Connection() = default;

void Connection::connect(const Destination& destination, SteadyTime deadline, std::size_t first_host) {
  if (const auto loaded = load_libpq(); !loaded) throw StorageFault{StorageFault::Kind::away, loaded.error().message};
  ParsedUrl url;
  char* words = nullptr;
  url.options = PQconninfoParse(destination.url.c_str(), &words);
  if (!url.options) {
    // libpq's words quote the part that it does not understand, which may be the password.
    PQfreemem(words);
    throw away("reading DATABASE_URL",
               "it is no URL that PostgreSQL's library understands: look at the percent-encoding, the port, and the names "
               "behind the question mark (its value is not shown, as it may hold a secret)");
  }
  Keywords keywords;
  std::deque<std::string> turned;
  for (const PQconninfoOption* option = url.options; option->keyword; ++option) {
    if (!option->val) continue;
    const bool is_list = std::ranges::find(lists_of_hosts, std::string_view(option->keyword)) != lists_of_hosts.end();
    keywords.add(option->keyword, is_list ? turned.emplace_back(begin_at(first_host, option->val)).c_str() : option->val);
  }
  keywords.add_unless_given("application_name", "orc");
  keywords.add_unless_given("tcp_user_timeout", "2000");
  keywords.add_unless_given("keepalives_idle", "5");
  keywords.add_unless_given("keepalives_interval", "2");
  keywords.add_unless_given("keepalives_count", "2");
  keywords.add("client_encoding", "UTF8");
  keywords.add(nullptr, nullptr);

  native_.reset(PQconnectStartParams(keywords.names.data(), keywords.values.data(), 0));
  if (!native_) throw away("connecting", "out of memory");
  PQsetNoticeReceiver(native_.get(), [](void*, const PGresult*) {}, nullptr);
  for (PostgresPollingStatusType state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(native_.get())) {
    if (state == PGRES_POLLING_FAILED || PQstatus(native_.get()) == CONNECTION_BAD) throw_away("connecting");
    wait_for(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline, "connecting");
  }
  backend_ = PQbackendPID(native_.get());
}

void Connection::begin_session(const Destination& destination, SteadyTime deadline) {
  PQsetnonblocking(native_.get(), 1);
  run_script(text_of("SET statement_timeout = ", destination.statement_max.count(), "; ", catalog_.find("begin_session").sql), deadline);
  if (PQenterPipelineMode(native_.get()) == 0) throw_away("entering pipeline mode");
}

void Connection::throw_away(std::string_view doing) {
  is_broken_ = true;
  throw away(doing, PQerrorMessage(native_.get()));
}

void Connection::wait_for(int events, SteadyTime deadline, std::string_view what) {
  const int socket = PQsocket(native_.get());
  if (socket < 0) throw_away(what);
  if (silence_max_) deadline = std::min(deadline, std::chrono::steady_clock::now() + *silence_max_);
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) {
      is_broken_ = true;
      throw StorageFault(is_open_ ? StorageFault::Kind::late : StorageFault::Kind::away,
                         text_of(what, ": the server did not answer in time"));
    }
    const std::int64_t patience = is_given_up_ ? give_up_pause_ms : wait_pause_ms;
    pollfd watched{.fd = socket, .events = static_cast<short>(events), .revents = 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(std::min<std::int64_t>(left, patience)));
    if (ready > 0) {
      heard_at_ = std::chrono::steady_clock::now();
      return;
    }
    if (is_given_up_ && is_given_up_()) {
      is_broken_ = true;
      throw away(what, "given up");
    }
  }
}

Connection::Prepared& Connection::prepared(std::string_view name) {
  if (const auto known = prepared_.find(name); known != prepared_.end()) return known->second;
  const auto entry = catalog_.find(name);
  return prepared_.emplace(entry.name, Prepared{.name = std::string(entry.name), .sql = std::string(entry.sql)}).first->second;
}

std::size_t Connection::send(std::string_view name, const Parameters& parameters) {
  if (std::exchange(answers_are_read_, false)) answers_.clear();
  Prepared& statement = prepared(name);
  const auto& given = parameters.values();
  const int count = static_cast<int>(given.size());
  const bool is_on_its_way = std::ranges::any_of(sent_, [&](const Sent& one) { return one.prepares == &statement; });
  if (!statement.is_known && !is_on_its_way) {
    std::vector<Oid> types;
    for (const TypeOid type : parameters.types()) types.push_back(static_cast<Oid>(type));
    if (PQsendPrepare(native_.get(), statement.name.c_str(), statement.sql.c_str(), count, types.data()) == 0) throw_away(name);
    sent_.push_back({.prepares = &statement, .name = statement.name});
  }
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const auto& value : given) {
    values.push_back(value.is_null ? nullptr : value.bytes.data());
    lengths.push_back(static_cast<int>(value.bytes.size()));
  }
  const std::vector<int> formats(given.size(), binary);
  if (PQsendQueryPrepared(native_.get(), statement.name.c_str(), count, values.data(), lengths.data(), formats.data(), binary) == 0)
    throw_away(name);
  answers_.emplace_back();
  sent_.push_back({.name = statement.name, .place = answers_.size() - 1});
  return answers_.size() - 1;
}

void Connection::exchange(SteadyTime deadline) {
  answers_are_read_ = true;
  if (sent_.empty()) return;
  if (PQpipelineSync(native_.get()) == 0) throw_away("sending");
  flush(deadline);
  std::optional<StorageFault> first;
  read_answers(deadline, first);
  sent_.clear();
  if (first) throw *first;
}

void Connection::read_answers(SteadyTime deadline, std::optional<StorageFault>& first) {
  for (const Sent& sent : sent_) {
    take_answer(sent, next_result(deadline), first);
    while (PGresult* more = next_result(deadline)) PQclear(more);
  }
  const Rows sync(next_result(deadline));
}

void Connection::take_answer(const Sent& sent, pg_result* result, std::optional<StorageFault>& first) {
  if (!result) throw_away(sent.name);
  Rows rows(result);
  switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
      if (sent.prepares) {
        sent.prepares->is_known = true;
      } else {
        answers_[sent.place] = std::move(rows);
      }
      return;
    case PGRES_PIPELINE_ABORTED:
      return;
    default: {
      const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      const char* words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
      if (!first)
        first = state && words ? StorageFault::from_server(state, words, sent.name) : away(sent.name, PQresultErrorMessage(result));
    }
  }
}

// The next result, or nothing at the end of a statement's.
pg_result* Connection::next_result(SteadyTime deadline) {
  while (PQisBusy(native_.get()) != 0) {
    wait_for(POLLIN, deadline, "waiting for an answer");
    if (PQconsumeInput(native_.get()) == 0) throw_away("waiting for an answer");
  }
  return PQgetResult(native_.get());
}

// Reads while it writes, or both sides could wait for the other to read.
void Connection::flush(SteadyTime deadline) {
  for (;;) {
    const int left = PQflush(native_.get());
    if (left < 0) throw_away("sending");
    if (left == 0) return;
    wait_for(POLLIN | POLLOUT, deadline, "sending");
    if (PQconsumeInput(native_.get()) == 0) throw_away("sending");
  }
}

const Rows& Connection::answer(std::size_t place) const { return answers_.at(place); }

void Connection::run_script(const std::string& sql, SteadyTime deadline) {
  ORC_ASSERT(sent_.empty());
  const bool was_in_pipeline = PQpipelineStatus(native_.get()) != PQ_PIPELINE_OFF;
  if (was_in_pipeline && PQexitPipelineMode(native_.get()) == 0) throw_away("leaving pipeline mode");
  if (PQsendQuery(native_.get(), sql.c_str()) == 0) throw_away("sending a script");
  flush(deadline);
  std::optional<StorageFault> first;
  Prepared nobody;  // whose answer is dropped
  while (PGresult* result = next_result(deadline)) take_answer({.prepares = &nobody, .name = "a script", .place = 0}, result, first);
  if (was_in_pipeline && PQenterPipelineMode(native_.get()) == 0) throw_away("entering pipeline mode");
  if (first) throw *first;
}

void Connection::roll_back(SteadyTime deadline) {
  if (PQtransactionStatus(native_.get()) == PQTRANS_IDLE) return;
  send("roll_back", Parameters());
  exchange(deadline);
}

std::optional<std::string> Connection::next_notification() {
  if (PQconsumeInput(native_.get()) == 0) throw_away("listening");
  while (PGnotify* told = PQnotifies(native_.get())) {
    const bool is_own = told->be_pid == backend_;
    std::string payload = told->extra;
    PQfreemem(told);
    if (!is_own) return payload;
  }
  return {};
}

int Connection::socket() const { return PQsocket(native_.get()); }

}  // namespace orc::postgres
