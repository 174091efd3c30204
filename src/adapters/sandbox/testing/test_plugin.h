#pragma once

#include <optional>
#include <string>
#include <vector>

// What the files of orc-test-plugin share.

using Arguments = std::vector<std::string>;

std::string read_all(int descriptor);
[[noreturn]] void wait_for_ever();
int leave_survivors();
int fill(const std::string& folder);
int list_folder(const std::string& path);
int make_file(const std::string& path);

// Where a process that stays up answers, and what; -1: it is started for each run.
extern int answers;
extern long request;

// The program's, with the words of TEST_WORDS in front.
Arguments arguments_of(int argc, char** argv);

// What tests/contract/cluster_questions.cc asks for; nothing, if it is none of that.
std::optional<int> keep_promises(const std::string& mode, const std::string& word, const Arguments& arguments);

// What tests of bounds ask for: memory and files in ways that are hard to count; nothing, if it is none of that.
std::optional<int> grow(const std::string& mode, const std::string& word);

// Contract section 12, mode `warm`: what a run would print is the output, as a string.
int stay_up(const Arguments& told, int (*run)(const std::string& mode, const Arguments& arguments));
