#include "adapters/postgres/libpq_on_demand.h"

#include <dlfcn.h>
#include <libpq-fe.h>
#include <string>

#include "domain/assert.h"

namespace orc::postgres {
namespace {

struct Library {
  void* const handle = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  const std::string fault = handle ? "" : ::dlerror();
};

// Never unloaded: others' threads may be in it until the program ends.
const Library& library() {
  static const Library one;
  return one;
}

void* address_of(const char* name) {
  void* const address = library().handle ? ::dlsym(library().handle, name) : nullptr;
  ORC_ASSERT(address != nullptr);
  return address;
}

template <auto ours, typename... Arguments>
auto pass(const char* name, Arguments... arguments) {
  static const auto theirs = reinterpret_cast<decltype(ours)>(address_of(name));
  return theirs(arguments...);
}

}  // namespace

Result<void> load_libpq() {
  if (library().handle) return {};
  return fail(ErrorCode::unavailable, "PostgreSQL needs its client library, Debian's package libpq5: " + library().fault);
}

}  // namespace orc::postgres

using orc::postgres::pass;

// As in <libpq-fe.h>.
extern "C" {

PGconn* PQconnectStartParams(const char* const* names, const char* const* values, int expand_dbname) {
  return pass<PQconnectStartParams>("PQconnectStartParams", names, values, expand_dbname);
}
PostgresPollingStatusType PQconnectPoll(PGconn* conn) { return pass<PQconnectPoll>("PQconnectPoll", conn); }
void PQfinish(PGconn* conn) { pass<PQfinish>("PQfinish", conn); }
PQconninfoOption* PQconninfoParse(const char* url, char** words) { return pass<PQconninfoParse>("PQconninfoParse", url, words); }
void PQconninfoFree(PQconninfoOption* options) { pass<PQconninfoFree>("PQconninfoFree", options); }
void PQfreemem(void* memory) { pass<PQfreemem>("PQfreemem", memory); }

ConnStatusType PQstatus(const PGconn* conn) { return pass<PQstatus>("PQstatus", conn); }
PGTransactionStatusType PQtransactionStatus(const PGconn* conn) { return pass<PQtransactionStatus>("PQtransactionStatus", conn); }
PGpipelineStatus PQpipelineStatus(const PGconn* conn) { return pass<PQpipelineStatus>("PQpipelineStatus", conn); }
char* PQerrorMessage(const PGconn* conn) { return pass<PQerrorMessage>("PQerrorMessage", conn); }
int PQsocket(const PGconn* conn) { return pass<PQsocket>("PQsocket", conn); }
int PQbackendPID(const PGconn* conn) { return pass<PQbackendPID>("PQbackendPID", conn); }
PQnoticeReceiver PQsetNoticeReceiver(PGconn* conn, PQnoticeReceiver receiver, void* argument) {
  return pass<PQsetNoticeReceiver>("PQsetNoticeReceiver", conn, receiver, argument);
}

int PQsetnonblocking(PGconn* conn, int is_on) { return pass<PQsetnonblocking>("PQsetnonblocking", conn, is_on); }
int PQenterPipelineMode(PGconn* conn) { return pass<PQenterPipelineMode>("PQenterPipelineMode", conn); }
int PQexitPipelineMode(PGconn* conn) { return pass<PQexitPipelineMode>("PQexitPipelineMode", conn); }
int PQpipelineSync(PGconn* conn) { return pass<PQpipelineSync>("PQpipelineSync", conn); }
int PQsendQuery(PGconn* conn, const char* sql) { return pass<PQsendQuery>("PQsendQuery", conn, sql); }
int PQsendPrepare(PGconn* conn, const char* name, const char* sql, int count, const Oid* types) {
  return pass<PQsendPrepare>("PQsendPrepare", conn, name, sql, count, types);
}
int PQsendQueryPrepared(PGconn* conn, const char* name, int count, const char* const* values, const int* lengths, const int* formats,
                        int result_format) {
  return pass<PQsendQueryPrepared>("PQsendQueryPrepared", conn, name, count, values, lengths, formats, result_format);
}
int PQflush(PGconn* conn) { return pass<PQflush>("PQflush", conn); }
int PQconsumeInput(PGconn* conn) { return pass<PQconsumeInput>("PQconsumeInput", conn); }
int PQisBusy(PGconn* conn) { return pass<PQisBusy>("PQisBusy", conn); }
PGresult* PQgetResult(PGconn* conn) { return pass<PQgetResult>("PQgetResult", conn); }
PGnotify* PQnotifies(PGconn* conn) { return pass<PQnotifies>("PQnotifies", conn); }

ExecStatusType PQresultStatus(const PGresult* res) { return pass<PQresultStatus>("PQresultStatus", res); }
char* PQresultErrorMessage(const PGresult* res) { return pass<PQresultErrorMessage>("PQresultErrorMessage", res); }
char* PQresultErrorField(const PGresult* res, int field) { return pass<PQresultErrorField>("PQresultErrorField", res, field); }
int PQntuples(const PGresult* res) { return pass<PQntuples>("PQntuples", res); }
char* PQcmdTuples(PGresult* res) { return pass<PQcmdTuples>("PQcmdTuples", res); }
int PQgetisnull(const PGresult* res, int row, int column) { return pass<PQgetisnull>("PQgetisnull", res, row, column); }
char* PQgetvalue(const PGresult* res, int row, int column) { return pass<PQgetvalue>("PQgetvalue", res, row, column); }
int PQgetlength(const PGresult* res, int row, int column) { return pass<PQgetlength>("PQgetlength", res, row, column); }
void PQclear(PGresult* res) { pass<PQclear>("PQclear", res); }

}  // extern "C"
