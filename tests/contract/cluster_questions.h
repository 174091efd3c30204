#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/contract/cluster_bench.h"

namespace orc {

// Questions to a back end: each runs plugins on the bench and tells in one line what came of it.
std::string told(ClusterBench& bench, const std::vector<std::string>& words);
std::string odd_input(ClusterBench& bench);
std::string long_input(ClusterBench& bench);
std::string unread_input(ClusterBench& bench);
std::string many_at_once(ClusterBench& bench);
std::string exits(ClusterBench& bench);
std::string output_at_its_limit(ClusterBench& bench);
std::string log_lines(ClusterBench& bench);
std::string live_log(ClusterBench& bench);
std::string endless_log(ClusterBench& bench);
std::string progress(ClusterBench& bench);
std::string environment(ClusterBench& bench);
std::string input_files(ClusterBench& bench);
std::string input_files_after_the_run(ClusterBench& bench);
std::string absent_input_file(ClusterBench& bench);
std::string output_files(ClusterBench& bench);
std::string output_files_of_a_failure(ClusterBench& bench);
std::string many_output_files(ClusterBench& bench);
std::string usage(ClusterBench& bench);
std::string processor_time(ClusterBench& bench);
std::string usage_in_company(ClusterBench& bench);
std::string time_out(ClusterBench& bench, const char* habit, std::chrono::seconds grace);
std::string cancel(ClusterBench& bench);
std::string stop(ClusterBench& bench);
std::string stop_while_files_are_kept(ClusterBench& bench);
std::string cancel_while_files_are_kept(ClusterBench& bench);
std::string survivors(ClusterBench& bench);
std::string memory(ClusterBench& bench, const char* habit, std::int64_t memory_mb);
std::string processes(ClusterBench& bench);
std::string written(ClusterBench& bench);
std::string root(ClusterBench& bench);
std::string network(ClusterBench& bench);
std::string network_of_host(ClusterBench& bench);
std::string privileges(ClusterBench& bench);
std::string refused_calls(ClusterBench& bench);
std::string next_run(ClusterBench& bench);
std::string endless_output(ClusterBench& bench);

}  // namespace orc
