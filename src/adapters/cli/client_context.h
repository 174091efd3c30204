#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "adapters/cli/exit_code.h"
#include "adapters/cli/terminal.h"
#include "domain/result.h"
#include "domain/user/user.h"

namespace orc {

struct UserChangeRequest;  // application/user/change_user.h

// What the user commands do on the data directory itself while no server owns it. The composition root gives one.
class OfflineUsers {
 public:
  virtual ~OfflineUsers() = default;
  // Errors: conflict, invalid_argument, unavailable.
  virtual Result<User> add(const std::string& email, const std::string& password, const std::optional<std::string>& full_name,
                           Role role) = 0;
  virtual Result<std::vector<User>> list() = 0;
  // Errors also: not_found.
  virtual Result<User> change(const std::string& email, UserChangeRequest change) = 0;
};

// What the options before and behind every client command say.
struct ClientFlags {
  std::string url;
  std::string token;
  std::string ca_file;
  std::string data_dir;
  bool as_json = false;
};

struct Finding;  // doctor_checks.h

// ClientContext is what a command of the client works with; commands touch nothing else of the process. Outlives the CLI::App.
struct ClientContext {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Terminal terminal;
  Environment environment;
  std::filesystem::path data_dir;       // the usual one of this user
  std::filesystem::path launcher = {};  // orc-launch, as `orc serve` would find it
  // Errors: conflict, if a server owns the directory; unavailable. Empty: user commands need a server.
  std::function<Result<std::unique_ptr<OfflineUsers>>(const std::filesystem::path& data_dir)> open_offline_users = {};
  // Between two tries to reach a server that is away (outage.h).
  std::chrono::milliseconds pause_between_tries{500};
  // Empty: there is nothing that could look.
  std::function<Finding(const Environment& environment)> check_nats = {};

  ClientFlags flags = {};             // set by the parser
  ExitCode exit_code = ExitCode::ok;  // of the command that ran

  // The data directory that the flags and the environment name.
  std::filesystem::path chosen_data_dir() const;
};

}  // namespace orc
