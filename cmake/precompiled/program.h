// The same for the sources of programs, most of which are tests.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "library.h"
