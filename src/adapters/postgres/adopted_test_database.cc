#include "adapters/postgres/adopted_test_database.h"

namespace orc::postgres {
namespace {

constexpr char older_service_sql[] = {
#embed "older_service.sql"
};

}  // namespace

PrivateServer& shared_server() {
  static PrivateServer one(PrivateServer::Durability::fast);
  return one;
}

std::string older_service() { return {older_service_sql, sizeof older_service_sql}; }

std::string with_options(const std::string& url, const std::string& options) { return url + "&options=" + options; }

void sql_of_others(const std::string& url, const std::string& text) { shared_server().run_script(url, "RESET orc.session; " + text); }

}  // namespace orc::postgres
