#include "app/offline_users.h"

#include <boost/asio/executor_work_guard.hpp>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "adapters/crypto/bcrypt_password_hasher.h"
#include "adapters/crypto/sha256_digest.h"
#include "adapters/system/data_directory_lock.h"
#include "adapters/system/system_clock.h"
#include "app/blocking.h"
#include "app/database.h"
#include "app/settings.h"
#include "application/user/change_user.h"
#include "application/user/register_user.h"

namespace orc {
namespace {

void say_on_terminal(std::string_view words) { std::cerr << "orc user: the database says: " << words << '\n'; }

void say_of_opening(LogLevel, std::string_view event, std::string_view reason) {
  std::cerr << "orc user: " << event << ": " << reason << '\n';
}

Actor operator_here() {
  return {.kind = Actor::Kind::local_operator, .principal = Principal::local_operator(), .from = "the host's command line"};
}

// The store and the user cases, with an I/O thread for as long as the object lives.
class UsersOfFolder final : public OfflineUsers {
 public:
  UsersOfFolder() : keep_running_(io_.get_executor()), thread_([this] { io_.run(); }) {}

  ~UsersOfFolder() override {
    if (database_) database_->stop();
    keep_running_.reset();
    thread_.join();
  }

  Result<void> open(const std::filesystem::path& data_dir) {
    const char* const database_url = std::getenv("DATABASE_URL");
    const auto settings = validate({.data_dir = data_dir.native(), .database_url = database_url == nullptr ? "" : database_url});
    if (!settings) return std::unexpected(settings.error());
    auto lock = DataDirectoryLock::take(settings->data_dir, clock_.now());
    if (!lock) return pass_on(lock);
    lock_.emplace(std::move(*lock));
    DatabaseListener listener{.on_fault = say_on_terminal, .on_opening = say_of_opening, .is_stopped = {}};
    auto database = open_database(*settings, nullptr, std::move(listener), clock_, digest_);
    if (!database) return pass_on(database);
    database_ = std::move(*database);
    return {};
  }

  Result<User> add(const std::string& email, const std::string& password, const std::optional<std::string>& full_name, Role role) override {
    RegisterUser register_user(database_->users(), hasher_, database_->audit(), Registration::closed);
    auto user = run_blocking(io_, register_user.run(operator_here(), {.email = email, .password = password, .full_name = full_name}));
    // The first user is an administrator, whatever was asked for.
    if (!user || user->role == role || role == Role::user) return user;
    return change(email, {.role = role});
  }

  Result<std::vector<User>> list() override {
    std::vector<User> all;
    for (Page page{.skip = 0, .limit = page_limit_max};; page.skip += page_limit_max) {
      auto some = run_blocking(io_, database_->users().list(page));
      if (!some) return pass_on(some);
      if (some->items.empty()) return all;
      std::ranges::move(some->items, std::back_inserter(all));
    }
  }

  Result<User> change(const std::string& email, UserChangeRequest change) override {
    auto user = run_blocking(io_, database_->users().by_email(trim_email(email)));
    if (!user) return user;
    ChangeUser change_user(database_->users(), hasher_, database_->audit());
    return run_blocking(io_, change_user.run(operator_here(), user->id, std::move(change)));
  }

 private:
  SystemClock clock_;
  Sha256Digest digest_;
  BcryptPasswordHasher hasher_{BcryptPasswordHasher::cost_usual};
  std::optional<DataDirectoryLock> lock_;
  boost::asio::io_context io_{1};
  std::unique_ptr<Database> database_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
  std::jthread thread_;
};

}  // namespace

Result<std::unique_ptr<OfflineUsers>> open_offline_users(const std::filesystem::path& data_dir) {
  auto users = std::make_unique<UsersOfFolder>();
  if (auto opened = users->open(data_dir); !opened) return pass_on(opened);
  return users;
}

}  // namespace orc
