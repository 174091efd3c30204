// What of WarmRuns gives requests their files, and keeps what they leave.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "adapters/sandbox/child_process.h"
#include "adapters/sandbox/kept_files.h"
#include "adapters/sandbox/on_executor.h"
#include "adapters/sandbox/plugin_input.h"
#include "adapters/sandbox/process_tree.h"
#include "adapters/sandbox/warm_runs.h"

namespace orc {
namespace {

namespace asio = boost::asio;

// Without root bubblewrap makes the folder, in namespaces of our own user's.
Result<FileDescriptor> open_within(pid_t launcher, int own_generations, const std::string& folder) {
  const auto processes = descendants_of(launcher, own_generations);
  auto opened = processes.empty() ? Result<FileDescriptor>(fail(ErrorCode::unavailable, "the warm process has gone"))
                                  : open_directory("/proc/" + std::to_string(processes.front()) + "/root" + folder);
  if (opened) return opened;
  return fail(ErrorCode::invalid_argument,
              "a plugin with warm.files_out needs a service that runs as root, or isolation container: its output folder cannot be reached "
              "here at isolation strict: " +
                  opened.error().message);
}

}  // namespace

std::unique_ptr<WarmFolders> WarmRuns::folders_of(const RunSlot& slot, const RunOrder& order, LaunchedRun& launched) const {
  const SandboxHost& host = parts_.host;
  RequestFolders::Open open_output;
  if (launched.handed_out.is_open()) {
    auto from = std::make_shared<FileDescriptor>(std::move(launched.handed_out));
    open_output = [from] { return take_descriptor(*from); };
  } else if (host.level() == Isolation::strict) {
    open_output = [launcher = launched.process, own = host.own_processes() - 1, folder = order.places.output] {
      return open_within(launcher, own, folder);
    };
  } else {
    open_output = [folder = order.places.output] { return open_directory(folder); };
  }
  return std::make_unique<WarmFolders>(
      parts_.executor, order.places, input_folder_of(slot),
      order.has_request_folders ? std::make_unique<RequestFolders>(std::move(open_output), slot.own_id) : nullptr);
}

// In steps, so that none of what it waits for is held up: files are fetched, folders made, and then the request is sent.
asio::awaitable<void> WarmRuns::give_files(std::shared_ptr<WarmProcess> process, WarmRequestId id, std::string input) {
  const auto alive = parts_.keep_alive();
  WarmFolders& folders = *process->folders;
  const WarmFolders::Use use(folders);
  Result<GivenFiles> given = fail(ErrorCode::unavailable, "");
  try {
    given = co_await make_folders(folders, id, std::move(input));
  } catch (const std::exception& error) {
    given = fail(ErrorCode::unavailable, std::string("the folders of a request could not be made: ") + error.what());
  }
  if (!process->takes_requests()) co_return;  // over() lets it wait again
  Request* const request = find(id);
  if (given && request && !request->outcome) {
    request->file_bytes = given->file_bytes;
    send(*process, id, given->input, given->folders);
    co_return;
  }
  co_await remove_folders(*process, id);
  if (!given) settle(id, not_started(given.error().message, given.error()));
  leave(*process, id);
}

Async<WarmRuns::GivenFiles> WarmRuns::make_folders(WarmFolders& folders, WarmRequestId id, std::string input) {
  GivenFiles given;
  if (RequestFolders* const output = folders.output()) {
    auto made = co_await call_on(parts_.files, [output, name = WarmFolders::name_of(id)] { return output->make(name); });
    if (!made) co_return pass_on(made);
    given.folders.output = folders.output_seen(id);
  }
  auto read = co_await call_on(parts_.files, [&input, seen = folders.input_seen(id)] { return read_plugin_input(std::move(input), seen); });
  if (!read) co_return pass_on(read);
  given.input = std::move(read->text);
  if (read->blobs.empty()) co_return given;
  auto written = co_await parts_.write_input_files(read->blobs, folders.input(id));
  if (!written) co_return pass_on(written);
  given.file_bytes = *written;
  given.folders.input = folders.input_seen(id);
  co_return given;
}

// The request stays in the process meanwhile, so that nothing else takes its place and the process does not end.
asio::awaitable<void> WarmRuns::keep_files(std::shared_ptr<WarmProcess> process, WarmRequestId id, PluginOutcome outcome) {
  const auto alive = parts_.keep_alive();
  const WarmFolders::Use use(*process->folders);
  RunEnd left;
  try {
    if (process->folders->output() != nullptr) co_await take_files(*process->folders, id, left);
    co_await remove_folders(*process, id);
  } catch (const std::exception& error) {
    left.keeping_failed = Error{ErrorCode::unavailable, error.what()};
  }
  const std::string of_files = take_kept_files(outcome, left);
  if (left.keeping_failed) say_not_kept(outcome, *left.keeping_failed);
  Request* const request = find(id);
  if (request && !of_files.empty()) note(*request, of_files, LogStream::err);
  settle(id, std::move(outcome));
  leave(*process, id);
}

// Until nobody wants them any more.
asio::awaitable<void> WarmRuns::take_files(WarmFolders& folders, WarmRequestId id, RunEnd& left) {
  RequestFolders& output = *folders.output();
  const std::string name = WarmFolders::name_of(id);
  const auto found = co_await call_on(parts_.files, [&output, &name] { return output.look(name); });
  left.left_out = found.left_out;
  for (const RequestFolders::LeftFile& file : found.files) {
    const Request* const request = find(id);
    if (!request || request->outcome) co_return;
    auto bytes = co_await call_on(parts_.files, [&output, &name, &file] { return output.read(name, file); });
    if (!bytes)
      ++left.left_out;
    else if (!co_await keep_file(parts_.blobs, {.name = file.name, .bytes = std::move(*bytes)}, left))
      co_return;
  }
}

// Where some of it stays, no other job comes to that process.
asio::awaitable<void> WarmRuns::remove_folders(WarmProcess& process, WarmRequestId id) {
  const auto removed = co_await call_on(parts_.files, [&folders = *process.folders, id]() -> Result<void> {
    std::error_code problem;
    std::filesystem::remove_all(folders.input(id), problem);
    if (problem) return fail(ErrorCode::unavailable, "cannot remove the files of an input: " + problem.message());
    return folders.output() != nullptr ? folders.output()->remove(WarmFolders::name_of(id)) : Result<void>{};
  });
  if (removed || !process.takes_requests()) co_return;
  parts_.log.warn("files of a request stay, its process is replaced", {{"reason", removed.error().message}});
  schedule_.retire(process.id(), WarmEnd::fault, std::chrono::steady_clock::now());
}

// The request is in the process no more.
void WarmRuns::leave(WarmProcess& process, WarmRequestId id) {
  process.in_flight.erase(id);
  schedule_.answered(process.id(), id, std::chrono::steady_clock::now());
  pump();
}

}  // namespace orc
