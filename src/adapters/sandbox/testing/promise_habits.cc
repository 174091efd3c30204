// What the contract of all clusters asks of orc-test-plugin, and how it stays up.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <map>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/sandbox/testing/test_plugin.h"

int answers = -1;
long request = 0;

namespace {

[[noreturn]] void talk() {
  dprintf(2, "one\ntwo\nthr");
  wait_for_ever();
}

[[noreturn]] void tell_progress() {
  if (answers >= 0) dprintf(answers, "{\"id\":%ld,\"progress\":0.5,\"message\":\"half\"}\n", request);
  if (answers < 0) dprintf(3, "{\"progress\": 0.5, \"message\": \"half\"}\nhalf\n");
  wait_for_ever();
}

// What writes goes on when the answer has been given.
int flood_log_and_answer() {
  if (fork() == 0) {
    const std::string lines(65536, '\n');
    while (write(2, lines.data(), lines.size()) > 0) {}
    _exit(0);
  }
  for (pollfd log{.fd = 2, .events = POLLOUT, .revents = 0}; poll(&log, 1, 0) != 0;) {}  // until it is full
  return printf("{}") < 0;
}

[[noreturn]] void hold_on_with_children() {
  signal(SIGTERM, SIG_IGN);
  leave_survivors();
  dprintf(2, "begun\n");
  wait_for_ever();
}

// Of what stays up: those of the request that it serves.
std::map<std::string, std::string> folders_of_request;

void take_folder(const std::string& line, const char* variable) {
  const std::string key = '"' + std::string(variable) + "\":\"";
  const size_t found = line.rfind(key), begin = found + key.size();
  folders_of_request.erase(variable);
  if (found != std::string::npos) folders_of_request[variable] = line.substr(begin, line.find('"', begin) - begin);
}

std::string folder_of(const char* variable) {
  if (const auto told = folders_of_request.find(variable); told != folders_of_request.end()) return told->second;
  const char* const folder = getenv(variable);
  return folder != nullptr ? folder : "/absent";
}

// A file, and what is none.
int leave_files(int empty_ones) {
  const std::string folder = folder_of("ORC_OUTPUT_DIR");
  const int file = open((folder + "/b.txt").c_str(), O_CREAT | O_WRONLY, 0600);
  dprintf(file, "one");
  for (int i = 0; i < empty_ones; ++i) close(open((folder + "/" + std::to_string(i)).c_str(), O_CREAT | O_WRONLY, 0600));
  [[maybe_unused]] const int of_host = symlink("/etc/passwd", (folder + "/link").c_str());
  [[maybe_unused]] const int of_own = symlink("b.txt", (folder + "/soft").c_str());
  mkdir((folder + "/folder").c_str(), 0700);
  return 0;
}

// More than is on its way at once.
int leave_large_files() {
  for (const char* name : {"/1", "/2", "/3"}) {
    const int file = open((folder_of("ORC_OUTPUT_DIR") + name).c_str(), O_CREAT | O_WRONLY, 0600);
    if (ftruncate(file, 4 << 20) != 0) return 9;
    close(file);
  }
  return 0;
}

// What others left there; then it leaves something too.
int visit(const std::string& folder) {
  list_folder(folder);
  close(open((folder + "/mine").c_str(), O_CREAT | O_WRONLY, 0600));
  return 0;
}

int show_input_files() {
  DIR* folder = opendir(folder_of("ORC_INPUT_DIR").c_str());
  while (const dirent* entry = folder == nullptr ? nullptr : readdir(folder)) {
    const int file = openat(dirfd(folder), entry->d_name, O_RDONLY);
    if (entry->d_name[0] != '.') printf("%s", read_all(file).c_str());
  }
  return 0;
}

// How many files of inputs are there, those of other requests too.
int count_inputs() {
  static const std::string folder = folder_of("ORC_INPUT_DIR") + (answers >= 0 ? "/.." : "");
  DIR* const listing = opendir(folder.c_str());
  int count = 0;
  while (const dirent* entry = listing == nullptr ? nullptr : readdir(listing)) count += entry->d_name[0] != '.';
  if (listing != nullptr) closedir(listing);
  return printf("%d", count) < 0;
}

}  // namespace

std::optional<int> keep_promises(const std::string& mode, const std::string& word, const Arguments& arguments) {
  if (mode == "echo") return printf("%s", arguments.back().c_str()) < 0;
  if (mode == "answer-when-two-are-here") return printf("{}") < 0;
  if (mode == "talk") talk();
  if (mode == "progress") tell_progress();
  if (mode == "flood-log-and-answer") return flood_log_and_answer();
  if (mode == "hold-on-with-children") hold_on_with_children();
  if (mode == "leave-files") return leave_files(atoi(word.c_str()));
  if (mode == "leave-large-files") return leave_large_files();
  if (mode == "leave-files-and-fail") return leave_files(0) + 3;
  if (mode == "show-input-files") return show_input_files();
  if (mode == "count-inputs") return count_inputs();
  if (mode == "visit-in") return visit(folder_of(word.c_str()));
  if (mode == "fill-in") return fill(folder_of(word.c_str()));
  if (mode == "make-in") return make_file(folder_of(word.c_str()) + "/mine");
  if (mode == "list-in") return list_folder(folder_of(word.c_str()));
  return {};
}

namespace {

std::string quoted(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    char escaped[8];
    snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    if (c == '"' || c == '\\' || (c >= 0 && c < ' '))
      json += escaped;
    else
      json += c;
  }
  return json + "\"";
}

long number_in(const std::string& line) { return atol(line.c_str() + line.find("\"id\":") + 5); }

void write_answer(const std::string& line) {
  for (size_t at = 0; at < line.size();) {
    const ssize_t written = write(answers, line.data() + at, line.size() - at);
    if (written <= 0) _exit(9);
    at += static_cast<size_t>(written);
  }
}

}  // namespace

int stay_up(const Arguments& told, int (*run)(const std::string& mode, const Arguments& arguments)) {
  answers = fcntl(1, F_DUPFD_CLOEXEC, 20);
  write_answer("{\"ready\": true}\n");
  char* line = nullptr;
  size_t room = 0;
  std::string waiting;
  while (getline(&line, &room, stdin) > 0) {
    const std::string text = line;
    if (told.at(1) == "answer-when-two-are-here" && waiting.empty()) {
      waiting = text;
      continue;
    }
    if (!waiting.empty()) write_answer("{\"id\":" + std::to_string(number_in(waiting)) + ",\"output\":\"{}\"}\n");
    request = number_in(text);
    for (const char* variable : {"ORC_INPUT_DIR", "ORC_OUTPUT_DIR"}) take_folder(text, variable);
    const size_t begin = text.find(",\"input\":") + 9;
    Arguments arguments = told;
    arguments.push_back(text.substr(begin, text.rfind(",\"context\":") - begin));
    // At the level container there are no files in memory.
    int said = memfd_create("said", MFD_CLOEXEC);
    if (said < 0) said = open(getenv("TMPDIR"), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    dup2(said, 1);
    const int code = run(told.at(1), arguments);
    fflush(stdout);
    lseek(said, 0, SEEK_SET);
    const std::string name = "{\"id\":" + std::to_string(request);
    const std::string number = std::to_string(code);
    write_answer(code == 0 ? name + ",\"output\":" + quoted(read_all(said)) + "}\n"
                           : name + ",\"error\":\"left with " + number + "\",\"exit_code\":" + number + "}\n");
    close(said);
  }
  return 0;
}

Arguments arguments_of(int argc, char** argv) {
  const char* const told = getenv("TEST_WORDS");
  Arguments arguments(argv, argv + argc);
  if (told == nullptr) return arguments;
  Arguments words;
  for (std::string left = told; !left.empty();) {
    const size_t end = left.find('|');
    words.push_back(left.substr(0, end));
    left = end == std::string::npos ? "" : left.substr(end + 1);
  }
  arguments.insert(arguments.begin() + 1, words.begin(), words.end());
  return arguments;
}
