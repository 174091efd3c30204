#include "tests/contract/store_fixture.h"

namespace orc {

// What every AuditLog must do. It has no reader yet; retention_contract.cc counts its rows.
class AuditLogContract : public StoreContract {};

TEST_F(AuditLogContract, every_entry_is_one_row_whatever_it_lacks) {
  const AuditEntry entries[] = {
      {.actor = admin.id, .action = "user.change", .subject = "user 2", .from = "127.0.0.1:4711"},
      {.actor = {}, .action = "user.login", .subject = "unknown e-mail", .from = "", .succeeded = false},
      {.actor = user.id, .action = "plugin.add", .subject = "plugin \xC3\xA4 'quoted' \"twice\"", .from = "[::1]:1"}};
  for (const AuditEntry& entry : entries) ok(db.audit.append(entry));
  db.clock.advance(std::chrono::seconds{1});
  EXPECT_EQ(ok(db.retention.prune_audit(db.clock.now(), 100)), 3);
}

TEST_F(AuditLogContract, entries_outlive_the_account_that_they_name) {
  ok(db.audit.append({.actor = user.id, .action = "user.login", .subject = "user 2", .from = ""}));
  ok(db.users.erase(user.id));
  ok(db.audit.append({.actor = user.id, .action = "user.delete", .subject = "user 2", .from = ""}));
  db.clock.advance(std::chrono::seconds{1});
  EXPECT_EQ(ok(db.retention.prune_audit(db.clock.now(), 100)), 2);
}

TEST_F(AuditLogContract, many_entries_at_once_are_all_kept) {
  std::vector<boost::asio::awaitable<Result<void>>> at_once;
  for (int i = 0; i < 50; ++i) at_once.push_back(db.audit.append({.actor = {}, .action = "user.login", .subject = "user 1", .from = ""}));
  for (auto& answer : run_all(std::move(at_once))) ok(std::move(answer));
  db.clock.advance(std::chrono::seconds{1});
  EXPECT_EQ(ok(db.retention.prune_audit(db.clock.now(), 100)), 50);
}

}  // namespace orc
