// orc-launch: the tiny program between the service and a sandbox. It puts itself within all limits of a run and only then starts the
// sandbox, so that no instruction of a plugin runs outside them; then it waits until nothing of the run is left.
// It ends with the sandbox's exit code. When it could not do as ordered it says why on standard error and aborts: a plugin cannot forge
// that.
// `orc-launch --inside FOLDER PROGRAM ARGUMENT...` is the first process of a container (inside.h).
// `orc-launch --guard FOLDER...` and `orc-launch --guard-containers SOCKET` are what a worker leaves behind to clean up after it (guard.h,
// container_guard.h); `orc-launch --sweep UID SPARE` ends what a run has left (sweep.h).

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <unistd.h>

#include "launch/collection.h"
#include "launch/confinement.h"
#include "launch/container_guard.h"
#include "launch/guard.h"
#include "launch/inside.h"
#include "launch/launch_orders.h"
#include "launch/number_from.h"
#include "launch/supervision.h"
#include "launch/sweep.h"

int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "--guard") return orc::launch::guard({argv + 2, static_cast<std::size_t>(argc - 2)});
  if (argc == 3 && std::string_view(argv[1]) == "--guard-containers") return orc::launch::guard_containers(argv[2]);
  try {
    if (argc > 3 && std::string_view(argv[1]) == "--inside")
      return orc::launch::inside(argv[2], {argv + 3, static_cast<std::size_t>(argc - 3)});
    if (argc == 4 && std::string_view(argv[1]) == "--sweep")
      return orc::launch::sweep(orc::launch::number_from<uid_t>(argv[2]), orc::launch::number_from<uid_t>(argv[3]));
    orc::launch::LaunchOrders orders = orc::launch::read_orders(argc, argv);
    if (orders.direct) {
      orc::launch::confine_supervisor(orders);
    } else {
      orc::launch::confine(orders);
    }
    const int exit_code = orc::launch::supervise(orders);
    if (orders.output) orc::launch::collect(orc::launch::open_collected(orders.output->folder), orc::launch::collection_descriptor);
    if (orders.direct && !orders.direct->collected.empty()) {
      const int folder = orc::launch::open_collected(orders.direct->collected);
      // Nothing is sent that the plugin could not have read itself.
      if (orders.own_id) orc::launch::look_as(*orders.own_id);
      orc::launch::collect(folder, orc::launch::collection_descriptor);
    }
    return exit_code;
  } catch (const std::exception& error) {
    dprintf(STDERR_FILENO, "orc-launch: %s\n", error.what());
    std::abort();
  }
}
