#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "application/deliberation/deliberation_run.h"
#include "ports/deliberation_signals.h"

namespace orc {

// DeliberationRunner runs the deliberations that the store says are to run: those that are submitted here, and those that a process before
// this one has left. One runner for a database at a time, as two would make the same calls: the one whose process has the store's seat; the
// others wait for it. All methods on the thread of `executor`.
class DeliberationRunner final : public DeliberationSignals {
 public:
  struct Limits {
    std::size_t deliberations_max = 2000;                         // at once; the others wait in the store
    std::size_t deliberation_bytes_max = std::size_t{512} << 20;  // of what these keep of their requests
    std::size_t calls_max = 10'000;                               // of all of them together
    std::size_t calls_of_one_max = 2'500;                         // deliberation
    std::size_t call_bytes_max = std::size_t{512} << 20;          // of what these keep of their prompts
    std::size_t answer_bytes_max = std::size_t{256} << 20;        // that they hold together; nothing is taken up while they do
    std::size_t answer_bytes_of_one_max = std::size_t{64} << 20;  // deliberation
    std::size_t answer_bytes_of_one_own = std::size_t{128} << 10;
    std::size_t records_read_max = 4;  // at once, of those that may be large
  };

  // What the ports name must outlive it.
  DeliberationRunner(boost::asio::any_io_executor executor, DeliberationPorts ports, Limits limits);

  void start();

  void submitted(std::string_view id) override;
  void ended(std::string_view id) override;
  boost::asio::awaitable<void> hang_up(std::string id) override;

  // Takes nothing more, and begins no call. Safe twice.
  void request_stop();

  // Resumes when no call is under way any more; those that are at `deadline` are ended then. What has not ended goes on after the next
  // start. Calls request_stop() itself.
  boost::asio::awaitable<void> wait(SteadyTime deadline);

  std::size_t running() const { return runs_.size(); }
  const AnswerRoom::Figures& answers() const { return answers_.figures(); }

 private:
  boost::asio::awaitable<void> look_around();
  boost::asio::awaitable<void> ask_for_seat();
  boost::asio::awaitable<void> take_what_runs();
  // Whether anything can stand in the record of one that is to be taken up.
  enum class Record : std::uint8_t { is_empty, may_be_large };
  void take_up(std::string_view id, Record record);
  boost::asio::awaitable<void> run_one(std::string id, Record kind);
  // Into `run` and `runs_`, if it is to be run here; `kept` are its bytes in kept_bytes_.
  boost::asio::awaitable<void> load(const std::string& id, Record kind, std::size_t& kept, std::optional<DeliberationRun>& run);
  // What is thrown is told to nobody else, and the next look around tries again.
  boost::asio::awaitable<void> log_what_is_thrown(const std::string& id, boost::asio::awaitable<void> work);
  boost::asio::awaitable<void> begin_read();
  void end_read();
  bool has_room() const;

  const boost::asio::any_io_executor executor_;
  const DeliberationPorts ports_;
  const Limits limits_;
  CallSlots slots_;
  AnswerRoom answers_;
  std::map<std::string, bool, std::less<>> taken_;             // whether it was ended, or hung up on, before it was loaded
  std::size_t kept_bytes_ = 0;                                 // by those in `taken_`
  std::map<std::string, DeliberationRun*, std::less<>> runs_;  // of `taken_`, those that are loaded
  const std::unique_ptr<WakeUp> look_;
  const std::unique_ptr<WakeUp> run_has_ended_;  // or the look around
  std::set<WakeUp*> hanging_up_;                 // who waits in hang_up()
  std::size_t reading_ = 0;                      // records that may be large
  std::deque<WakeUp*> reads_next_;               // who waits to read one
  bool is_looking_ = false;
  bool has_seat_ = false;
  int seat_ = 0;  // which one it is: another after each that was lost
  bool is_stopping_ = false;
};

}  // namespace orc
