#pragma once

namespace orc {

// Says where and what, then aborts. For broken promises between our own parts; nothing from outside may ever reach it.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace orc

// Always on: a wrong answer is worse than none.
#define ORC_ASSERT(condition) (static_cast<bool>(condition) ? void() : ::orc::assertion_failed(#condition, __FILE__, __LINE__))
