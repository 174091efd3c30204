#include "adapters/postgres/storage_fault.h"

#include <algorithm>
#include <array>

#include "adapters/sql_text/text_of.h"

namespace orc::postgres {
namespace {

struct Meaning {
  std::string_view prefix;  // of a SQLSTATE: a class, or the whole code
  StorageFault::Kind kind;
};

// The first that fits counts.
constexpr std::array meanings = {
    Meaning{"08", StorageFault::Kind::away},          // connection exceptions
    Meaning{"57014", StorageFault::Kind::late},       // a time-out of ours ended the statement
    Meaning{"57", StorageFault::Kind::away},          // shut down, crashed, starting
    Meaning{"25P03", StorageFault::Kind::away},       // a time-out of ours ended an idle transaction, and the connection with it
    Meaning{"40", StorageFault::Kind::collision},     // serialization failure, deadlock
    Meaning{"55P03", StorageFault::Kind::collision},  // a lock was not to be had in time
    Meaning{"25006", StorageFault::Kind::refused},    // read only: a standby
    Meaning{"53300", StorageFault::Kind::away},       // too many connections
    Meaning{"53", StorageFault::Kind::refused},       // disk full, out of memory
    Meaning{"58", StorageFault::Kind::refused},       // the server's own disk
    Meaning{"XX", StorageFault::Kind::refused},       // damage
    Meaning{"42", StorageFault::Kind::unfit},         // no such table, column or function; no right to it
    Meaning{"0A", StorageFault::Kind::unfit},         // among others: a column has another type than when the statement was prepared
};

}  // namespace

StorageFault StorageFault::from_server(std::string_view sqlstate, std::string_view words, std::string_view doing) {
  const auto found = std::ranges::find_if(meanings, [&](const Meaning& one) { return sqlstate.starts_with(one.prefix); });
  while (words.ends_with('\n')) words.remove_suffix(1);
  return {found == meanings.end() ? Kind::statement : found->kind, text_of(doing, ": ", words, " (SQLSTATE ", sqlstate, ")")};
}

Error StorageFault::to_error() const {
  switch (kind_) {
    case Kind::away:
      return {ErrorCode::unavailable, "the database is out of reach just now; try again in a moment"};
    case Kind::in_doubt:
      return {
          ErrorCode::unavailable,
          "the database went out of reach in the midst of this change, and whether it took effect is not known: look before you repeat it"};
    case Kind::late:
      return {ErrorCode::unavailable, "the database took too long for this; try again in a moment"};
    case Kind::refused:
      return {ErrorCode::unavailable, "the database takes no changes just now; the server's log says why"};
    case Kind::collision:
      return {ErrorCode::unavailable, "the database is too busy with other changes of the same rows; try again in a moment"};
    case Kind::unfit:
      return {ErrorCode::unavailable, "the database's tables or rights are not as this server needs them; its log says which"};
    case Kind::statement:
      return {ErrorCode::internal, "the database refused a statement; the server's log says which and why"};
  }
  return {ErrorCode::internal, "the database failed; the server's log says why"};
}

}  // namespace orc::postgres
