#pragma once

// What every JobStore, with its JobReader, must do. One suite, JobStoreContract, in chapters.
#include "tests/contract/job_change_contract.h"
#include "tests/contract/job_claim_contract.h"
#include "tests/contract/job_finish_contract.h"
#include "tests/contract/job_orphan_contract.h"
#include "tests/contract/job_random_walk_contract.h"
#include "tests/contract/job_reader_contract.h"
#include "tests/contract/job_rescue_contract.h"
#include "tests/contract/job_submit_contract.h"
