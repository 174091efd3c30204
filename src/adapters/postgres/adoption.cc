#include "adapters/postgres/adoption.h"

#include <vector>

#include "adapters/sql_text/text_of.h"
#include "domain/user/user.h"

namespace orc::postgres {
namespace {

// So many are named; of the rest their number.
constexpr std::size_t names_max = 20;

class Names {
 public:
  void add(std::string name) {
    if (++count_ > names_max) return;
    if (count_ > 1) text_ += ", ";
    text_ += name;
  }
  bool empty() const { return count_ == 0; }
  std::string text() const { return count_ > names_max ? text_of(text_, " and ", count_ - names_max, " more") : text_; }

 private:
  std::string text_;
  std::size_t count_ = 0;
};

std::string account(const Row& row) { return text_of("user ", row.integer(0), " (", row.bytes(1), ")"); }

struct ForeignKeys {
  Names names;
  std::string remedy;  // for the first
};

ForeignKeys foreign_keys(MigrationSession& session) {
  ForeignKeys found;
  for (const Row row : session.ask("foreign_keys_to_ours")) {
    if (found.names.empty()) found.remedy = text_of("ALTER TABLE ", row.bytes(0), " DROP CONSTRAINT \"", row.bytes(1), "\"");
    found.names.add(text_of(row.bytes(1), " of ", row.bytes(0), " to ", row.bytes(2)));
  }
  return found;
}

void tell_of_accounts(MigrationSession& session, const Opening& opening) {
  if (!opening.tell) return;
  Names alike;
  for (const Row row : session.ask("accounts_spelled_alike", std::int64_t{1000})) alike.add(account(row));
  if (!alike.empty())
    opening.tell(LogLevel::warning, "accounts differ in the case of their e-mail only",
                 text_of(alike.text(),
                         ": each logs in with its own spelling; give all but one another e-mail (PUT /api/v1/users/{id}), or remove them"));
  Names odd;
  for (const Row row : session.ask("accounts_spelled_oddly"))
    if (!normalise_email(row.bytes(1)) || trim_email(row.bytes(1)) != row.bytes(1)) odd.add(account(row));
  if (!odd.empty())
    opening.tell(LogLevel::warning, "accounts have e-mails that are refused today",
                 text_of(odd.text(),
                         ": they log in with just this spelling, or not at all where there are spaces around it; give them another (PUT "
                         "/api/v1/users/{id})"));
}

}  // namespace

Result<void> judge_adoption(MigrationSession& session, const Opening& opening) {
  if (!session.ask("has_others_tables")[0].boolean(0)) return {};
  if (const Rows place = session.ask("place_of_others_tables"); !place.empty())
    return fail(
        ErrorCode::conflict,
        text_of("the tables users, plugins and jobs are in the schema ", place[0].bytes(0), ", but new ones would be made in ",
                place[0].bytes(1), ": name the first one alone in DATABASE_URL, with ?options=-csearch_path%3D", place[0].bytes(0)));
  if (const ForeignKeys keys = foreign_keys(session); !keys.names.empty())
    return fail(ErrorCode::conflict, text_of("other tables have foreign keys that would keep rows from being deleted: ", keys.names.text(),
                                             ". Make each ON DELETE CASCADE or ON DELETE SET NULL, or drop it (", keys.remedy,
                                             "), and start again; nothing was changed"));
  tell_of_accounts(session, opening);
  return {};
}

void warn_of_foreign_keys(MigrationSession& session, const Opening& opening) {
  if (!opening.tell) return;
  if (const ForeignKeys keys = foreign_keys(session); !keys.names.empty())
    opening.tell(LogLevel::warning, "foreign keys keep rows from being deleted",
                 text_of(keys.names.text(), ": make each ON DELETE CASCADE or ON DELETE SET NULL, or drop it: ", keys.remedy));
}

}  // namespace orc::postgres
