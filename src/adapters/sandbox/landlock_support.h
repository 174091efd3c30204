#pragma once

#include <string>

namespace orc {

// Whether plugins have a uid that nothing else of the host has.
enum class PluginUid { own, shared };

// Why Landlock cannot keep a plugin with such a uid apart here, and what would help; empty if it can. Whoever shares its uid with others
// could end or stop them by a signal, which Landlock holds from version 6 on (Linux 6.12).
std::string landlock_problem(PluginUid uid);

}  // namespace orc
