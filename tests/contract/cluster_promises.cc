// The table: what is asked (cluster_questions.h), and what each back end answers.
#include "tests/contract/cluster_promises.h"

#include <unistd.h>

#include "tests/contract/cluster_questions.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

// All give the same answer.
Cells all(const std::string& answer) { return {answer, answer, answer, answer, answer}; }

// A process that stays up is the exception.
Cells but_warm(const std::string& answer, const std::string& warm) { return {answer, answer, answer, warm, answer}; }

// Without root the folder of a run at `strict` goes with the run, unlike that of what stays up, which is looked at while it runs.
Cells where_kept(const std::string& answer, const std::string& where_not) {
  return {geteuid() == 0 ? answer : where_not, answer, answer, answer, answer};
}

std::vector<Promise> of_input_and_output() {
  return {
      // What stays up is given its input as a line, with others, and no argument.
      {"the_input_is_the_last_argument_and_standard_input_alike", odd_input, but_warm("succeeded: equal 42", "succeeded: line 42")},
      {"an_input_too_long_for_an_argument_is_on_standard_input_alone", long_input,
       but_warm("succeeded: 3 131072", "succeeded: line 131072")},
      {"an_input_that_nobody_reads_makes_nobody_wait", unread_input, all("succeeded: {}")},
      {"runs_at_once_keep_their_inputs_apart", many_at_once, all("[0][1][2][3][4][5]")},
      {"the_output_is_what_it_prints_byte_for_byte", [](auto& bench) { return told(bench, {"say", "{\"a\": 0.87}\n"}); },
       all("succeeded: {\"a\": 0.87}\n")},
      {"an_exit_code_and_the_end_of_standard_error_are_the_message", exits,
       but_warm("failed 1: leaving with 1; failed 65: leaving with 65; failed 125: leaving with 125; ",
                "failed 1: left with 1; failed 65: left with 65; failed 125: left with 125; ")},
      {"an_output_beyond_its_limit_is_rejected", output_at_its_limit,
       but_warm("taken; output_rejected: output too large: more than limits.output_kb 1 on standard output",
                "taken; output_rejected: output too large: more than limits.output_kb 1")},
      // What stays up makes its whole answer before it says it, here in a file, which has a limit.
      {"an_output_without_an_end_is_cut_off", endless_output,
       but_warm("output_rejected: output too large: more than limits.output_kb 1024 on standard output",
                "failed: the warm process ended while it ran this job, exit code 153")},
      {"standard_error_is_the_log_line_by_line", log_lines, all("[leaving with 3]")},
      {"the_log_is_heard_while_the_run_goes_on", live_log, all("cancelled, heard [one][two], kept [one][two][thr]")},
      {"of_a_log_without_an_end_a_megabyte_is_kept", endless_log, all("timed_out, a megabyte")},
      {"an_answer_is_taken_though_the_log_goes_on_for_ever", [](auto& bench) { return told(bench, {"flood-log-and-answer"}); },
       all("succeeded: {}")},
      // What stays up has its own line for progress; descriptor 3 is for programs that are started for each run.
      {"progress_is_heard_while_the_run_goes_on", progress,
       but_warm("~0\\.5 half; cancelled \\[1 lines on descriptor 3 were no .* and were ignored\\]", "0.5 half; cancelled ")},
  };
}

std::vector<Promise> of_environment_and_files() {
  const std::string names =
      "ORC_ATTEMPT ORC_DEADLINE ORC_IDEMPOTENCY_KEY ORC_INPUT_DIR ORC_JOB_ID ORC_OUTPUT_DIR PATH PWD TEST_WORDS TMPDIR TRACEPARENT ";
  // Docker names the host, and not the folder.
  const std::string in_docker =
      "HOME HOSTNAME LANG ORC_ATTEMPT ORC_DEADLINE ORC_IDEMPOTENCY_KEY ORC_INPUT_DIR ORC_JOB_ID ORC_OUTPUT_DIR PATH TEST_WORDS TMPDIR "
      "TRACEPARENT ";
  return {
      // Of a process that serves many jobs none of them is in the environment: each request says which it is.
      {"the_environment_is_the_allowed_list_and_the_plugins_own",
       environment,
       {"HOME LANG " + names, "HOME LANG " + names, "HOME LANG " + names, "HOME LANG ORC_MODE PATH PWD TEST_WORDS TMPDIR ", in_docker}},
      {"a_blob_of_the_input_is_a_file", input_files, all("succeeded: the bytes of the blob")},
      {"files_of_an_input_are_gone_after_the_run", input_files_after_the_run, all("1, then 0")},
      {"a_blob_that_is_gone_refuses_the_run", absent_input_file, all("refused")},
      {"regular_files_of_its_output_folder_are_kept_and_no_link_is_followed", output_files,
       where_kept("~b\\.txt=one \\[3 entries of ORC_OUTPUT_DIR were not kept: .*\\]", "")},
      {"a_failure_leaves_files_too", output_files_of_a_failure, where_kept("failed b.txt=one ", "failed ")},
      {"files_are_bounded_in_number", many_output_files, where_kept("100", "0")},
      // The answer of what stays up is the text, in quotation marks.
      {"usage_is_measured_of_a_short_run_too", usage, but_warm("cpu peak wall 8 in 2 out", "cpu peak wall 8 in 4 out")},
      // Of those that are in one process together nobody knows which used what.
      {"of_runs_at_once_each_is_measured_or_it_is_told_that_none_can_be", usage_in_company,
       but_warm("measured measured ", "not told not told ")},
  };
}

std::vector<Promise> of_ends() {
  const std::string cancelled = "cancelled: cancelled while it ran, files: ; gone";
  return {
      {"a_time_out_says_so_and_ends_whoever_ignores_being_asked", [](auto& bench) { return time_out(bench, "ignore-term", 1s); },
       all("timed_out: timed out after 1 s, soon, gone")},
      {"a_time_out_asks_before_it_kills", [](auto& bench) { return time_out(bench, "end-on-term", 10s); },
       but_warm("timed_out: timed out after 1 s: asked to end, soon, gone", "timed_out: timed out after 1 s, soon, gone")},
      {"a_time_out_ends_what_stands_still", [](auto& bench) { return time_out(bench, "stop-itself", 1s); },
       all("timed_out: timed out after 1 s, soon, gone")},
      {"a_cancelled_run_ends_with_all_that_it_began", cancel, all("cancelled: cancelled while it ran, soon, gone")},
      {"a_stop_gives_runs_back_and_takes_no_more", stop, all("given_back: the worker stops; given_back: the worker stops; gone")},
      {"a_stop_while_files_are_kept_gives_the_run_back", stop_while_files_are_kept,
       where_kept("given_back: the worker stops, files: ; gone", "succeeded: , files: ; gone")},
      {"who_is_cancelled_while_files_are_kept_leaves_none",
       cancel_while_files_are_kept,
       {geteuid() == 0 ? cancelled : "succeeded: , files: ; gone", cancelled, cancelled,
        "~cancelled: cancelled while it ran, files: ; [0-9]+ left: .*", cancelled}},
      // What a job of a process that stays up began goes with the process.
      {"what_leads_its_own_session_ends_with_the_run", survivors, but_warm("succeeded: left, gone", "~succeeded: left, [0-9]+ left: .*")},
      {"a_signal_is_an_exit_code_of_128_and_more", [](auto& bench) { return told(bench, {"kill-itself", "11"}); },
       but_warm("failed 139: exit code 139 (SIGSEGV), and nothing on standard error",
                "failed: the warm process ended while it ran this job, exit code 139")},

  };
}

std::vector<Promise> of_bounds() {
  const std::string of_32 = ": out of memory: needed more than limits.memory_mb 32; then succeeded: {}";
  const std::string of_64 = ": out of memory: needed more than limits.memory_mb 64; then succeeded: {}";
  const std::string refused_memory = "failed 12: exit code 12, and nothing on standard error; then succeeded: {}";
  const std::string said_refused_memory = "failed 12: left with 12; then succeeded: {}";
  const std::string no_space = "succeeded: 2097152 ENOSPC; ", too_big = "succeeded: 2097152 EFBIG; ";
  // A uid that others have too is counted with them, who may come and go.
  // Only a cgroup and an engine can; a busy host may look like them.
  const std::string unbounded = "~(not )?held";
  const std::string nineteen = "succeeded: 19 EAGAIN", some = geteuid() == 0 ? nineteen : "~succeeded: [0-9]+ EAGAIN";
  const std::string none_with_filter = "0 0 1 2 not root";
  return {
      // Without a cgroup the kernel refuses the memory, which is a failure of the plugin's own.
      {"memory_is_bounded_and_its_end_told_apart",
       [](auto& bench) { return memory(bench, "memory-bomb", 32); },
       {"out_of_memory" + of_32, refused_memory, refused_memory, "out_of_memory" + of_32, "out_of_memory 137" + of_32, said_refused_memory,
        said_refused_memory}},
      {"memory_of_all_processes_together_is_bounded",
       [](auto& bench) { return memory(bench, "memory-of-children", 64); },
       {"out_of_memory" + of_64, "out_of_memory" + of_64, "out_of_memory" + of_64, "out_of_memory" + of_64, "out_of_memory 137" + of_64}},
      {"processor_time_is_bounded", processor_time, {"held", unbounded, unbounded, "held", "held", unbounded, unbounded}},
      {"processes_are_bounded", processes, {nineteen, some, some, nineteen, nineteen, some, some}},
      // One file: the sandbox bounds the length of each as well as all together.
      {"everything_written_is_bounded",
       written,
       {too_big + too_big, too_big + too_big, too_big + too_big, too_big + too_big, no_space + no_space}},
      // The last is the folder of the input, which is there at `strict` whether or not there are files.
      {"nothing_of_the_root_can_be_written",
       root,
       {"make=EROFS\nmake=EACCES\nmake=EROFS\n", "make=EACCES\nmake=EACCES\nmake=ENOENT\n", "make=EACCES\nmake=EACCES\nmake=ENOENT\n",
        "make=EROFS\nmake=EACCES\nmake=EROFS\n", "make=EROFS\nmake=EACCES\nmake=ENOENT\n", "make=EACCES\nmake=EACCES\nmake=ENOENT\n",
        "make=EACCES\nmake=EACCES\nmake=ENOENT\n"}},
      {"no_network_reaches_anybody",
       network,
       {"loopback=ECONNREFUSED, not reached", "loopback=EPERM, not reached", "loopback=done, reached", "loopback=ECONNREFUSED, not reached",
        "loopback=ECONNREFUSED, not reached", "loopback=EPERM, not reached", "loopback=done, reached"}},
      {"with_the_hosts_network_it_reaches_who_listens_there", network_of_host, all("loopback=done, reached")},
      {"no_privilege_is_held",
       privileges,
       {none_with_filter, none_with_filter, "0 0 1 0 not root", none_with_filter, none_with_filter, none_with_filter, "0 0 1 0 not root"}},
      // Whoever is the first process, where there is one. In Docker it is ours and tells how the run ended; in the sandbox it is
      // bubblewrap's,
      // which has nothing but what the plugin was given.
      {"the_first_process_gives_nothing_away",
       [](auto& bench) { return told(bench, {"list", "/proc/1/fd"}); },
       {"~succeeded: [0-6 ]+", "succeeded: EACCES", "succeeded: EACCES", "~succeeded: [0-6 ]+", "succeeded: EACCES", "succeeded: EACCES",
        "succeeded: EACCES"}},
      {"calls_that_could_leave_are_refused",
       refused_calls,
       {"24 refused ", "24 refused ", "~[0-9]+ refused .+", "24 refused ", "24 refused ", "24 refused ", "~[0-9]+ refused .+"}},
      // Jobs of one owner share a process that stays up, unless its terms say otherwise, and so its scratch space.
      {"nothing_of_one_job_is_there_for_the_next", next_run, but_warm("[][][][]", "[][mine ][][]")},
  };
}

}  // namespace

const std::string& cell_of(const Cells& cells, BackEnd back_end) {
  switch (back_end) {
    case BackEnd::strict:
      return cells.strict;
    case BackEnd::container:
      return cells.container;
    case BackEnd::none:
      return cells.none;
    case BackEnd::warm:
      return cells.warm;
    case BackEnd::warm_container:
      return cells.warm_container.empty() ? cells.warm : cells.warm_container;
    case BackEnd::warm_none:
      return cells.warm_none.empty() ? cells.warm : cells.warm_none;
    case BackEnd::docker:
      return cells.docker;
  }
  return cells.strict;
}

std::vector<Promise> cluster_promises() {
  std::vector<Promise> table;
  for (const auto& part : {of_input_and_output(), of_environment_and_files(), of_ends(), of_bounds()})
    table.insert(table.end(), part.begin(), part.end());
  return table;
}

}  // namespace orc
