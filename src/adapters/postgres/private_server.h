#pragma once

#include <string>
#include <sys/types.h>

namespace orc::postgres {

// May do with the tables of make_database() what `orc serve` does, and nothing to the schema (docs/operating.md, Rights).
inline constexpr const char* serving_role = "orc_test_serving";

// The URL with another role in it.
std::string as_role(const std::string& url, const std::string& role);

// For tests: a PostgreSQL server of their own, started by tools/dev/services in a temporary folder and removed at the end.
// ORC_TEST_POSTGRES names the URL of a running one to use instead, whose administrator needs no password; it is left as it is, but for
// databases that are made and dropped, and roles that stay. Throws std::runtime_error.
class PrivateServer {
 public:
  enum class Durability { fast, as_usual };  // whether it may skip syncs

  explicit PrivateServer(Durability durability);
  PrivateServer(const PrivateServer&) = delete;
  PrivateServer& operator=(const PrivateServer&) = delete;
  ~PrivateServer();

  // Of a new database: empty, or with our schema. For the administrator.
  std::string make_empty_database();
  std::string make_database();
  void drop_database(const std::string& url);

  std::string url_of(const std::string& database) const;
  void run_script(const std::string& url, const std::string& sql) const;

  // The server's life, for tests of faults. kill() and pause() act on all its processes at once.
  void kill();
  void pause();
  void go_on();
  void start();

 private:
  std::string act(const std::string& what) const;

  const Durability durability_;
  std::string folder_;  // empty: somebody else's server
  std::string url_;     // of the database "postgres"
  pid_t pid_ = 0;
  const std::string mark_;  // in the names of its databases; no other server object has it
  int databases_ = 0;
  bool has_template_ = false;
};

}  // namespace orc::postgres
