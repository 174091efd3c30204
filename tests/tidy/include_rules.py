"""Rules about who may include what. ARCHITECTURE.md explains them; a change here is a change of the architecture."""
import posixpath
import re

from tree import Fault

# What each layer may see of our own code.
LAYERS = {
    "domain": ("domain/",),
    "ports": ("domain/", "ports/"),
    "application": ("domain/", "ports/", "application/"),
    "adapters": ("domain/", "ports/", "application/"),  # and the adapters below
    "app": ("domain/", "ports/", "application/", "adapters/", "app/", "launch/"),
    "launch": ("launch/",),
}

# Adapters that other adapters may use.
FOUNDATIONS = ("json", "system", "http", "crypto", "sql_text", "deliberation_json")

# Further uses of one adapter by another, each with its reason.
ADAPTER_USES = {
    # Keeps images; packs a plugin's folder for the upload; orc doctor tries a real sandbox and a real engine; runs a plugin as a worker does.
    "cli": ("docker", "image", "json_schema", "package", "sandbox"),
    "docker": ("sandbox",),  # input, environment, log and verdict of a run are the same wherever it runs
    "grpc": ("deliberation_json",),  # the options of a request are JSON
    "image": ("package",),  # the same tars, from other hands
    "metrics": ("grpc",),  # counts what the gRPC server tells, as it does with the HTTP server
    "remote_cluster": ("worker_wire",),  # one description of the worker protocol for both ends
    "remote_registry": ("package",),  # as rest: what a registry answers reads like what it takes
    "rest": ("package", "worker_wire"),  # one reader for plugin.json and for the registry's bodies; as above
    "sandbox": ("package", "warm_pool"),  # unpacks a plugin's folder; what its warm processes are sent and answer
}

# Header prefix of a third-party library → folders of src/ that may include it. Tests of the same folder may too.
THIRD_PARTY = {
    "boost/asio": ("adapters/", "app/"),
    "boost/beast": ("adapters/http/", "adapters/docker/engine_client.cc"),
    "boost/url": ("adapters/http/",),
    "openssl/": ("adapters/crypto/",),
    "crypt.h": ("adapters/crypto/",),
    "sqlite3.h": ("adapters/sqlite/",),
    "re2/": ("adapters/json_schema/", "adapters/deliberation_json/"),
    "libpq-fe.h": ("adapters/postgres/",),
    "zstd.h": ("adapters/package/", "adapters/sql_text/"),
    "archive.h": ("adapters/package/",),
    "archive_entry.h": ("adapters/package/",),
    "CLI/": ("app/", "adapters/cli/"),
    "spdlog/": ("adapters/system/",),
    "prometheus/": ("adapters/metrics/",),
    "nghttp2/": ("adapters/grpc/",),
    "google/protobuf/": ("adapters/grpc/",),
    "nats/": ("adapters/nats/",),
    "zlib.h": ("adapters/grpc/",),
    "seccomp.h": ("launch/", "adapters/sandbox/"),
}
TEST_LIBRARIES = ("gtest/", "gmock/", "rapidcheck")

# The only headers of a library that inner layers see: what a coroutine is, for the one loop that starts them, how, and for long work in
# one, how it gives way to others.
ASYNC_HEADERS = {
    "src/ports/async.h": {"boost/asio/awaitable.hpp"},
    "src/application/callback/deliver_callbacks.h": {"boost/asio/any_io_executor.hpp"},
    "src/application/callback/deliver_callbacks.cc": {"boost/asio/co_spawn.hpp", "boost/asio/detached.hpp"},
    "src/application/deliberation/deliberation_run.h": {"boost/asio/any_io_executor.hpp"},
    "src/application/deliberation/deliberation_run.cc": {"boost/asio/co_spawn.hpp", "boost/asio/detached.hpp"},
    "src/application/deliberation/deliberation_runner.h": {"boost/asio/any_io_executor.hpp"},
    "src/application/deliberation/deliberation_runner.cc": {"boost/asio/co_spawn.hpp", "boost/asio/detached.hpp"},
    "src/application/job/work_loop.h": {"boost/asio/any_io_executor.hpp"},
    "src/application/job/work_loop.cc": {"boost/asio/co_spawn.hpp", "boost/asio/detached.hpp"},
    "src/application/job/run_job.cc": {"boost/asio/this_coro.hpp"},
    "src/application/job/run_reporter.h": {"boost/asio/any_io_executor.hpp"},
    "src/application/job/run_reporter.cc": {"boost/asio/co_spawn.hpp", "boost/asio/detached.hpp", "boost/asio/dispatch.hpp"},
    "src/application/turns.cc": {"boost/asio/post.hpp", "boost/asio/this_coro.hpp", "boost/asio/use_awaitable.hpp"},
}

_INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
_STANDARD = re.compile(r"^[a-z_0-9]+$")


def includes(tree, path):
    for number, line in enumerate(tree.lines(path), 1):
        match = _INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def sources(tree):
    for path in tree.select(".h", ".cc", under="src/"):
        yield path, path[len("src/"):], path.split("/")[1]


def layers_point_inwards(tree):
    for path, inner, layer in sources(tree):
        allowed = LAYERS.get(layer, ())
        if layer == "adapters":
            own = inner.split("/")[1]
            allowed += tuple(f"adapters/{name}/" for name in (own, *FOUNDATIONS, *ADAPTER_USES.get(own, ())))
        if path.endswith("_test.cc"):
            allowed += ("tests/",)
        for number, ours, name in includes(tree, path):
            if ours and not name.startswith(allowed) and tree.exists(f"src/{name}"):
                yield Fault(path, number, f'{layer} may not include "{name}"')


def own_includes_are_found_from_src(tree):
    for path in tree.select(".h", ".cc", under="src/"):
        for number, ours, name in includes(tree, path):
            generated = not tree.exists(f"src/{name}") and not tree.exists(name)
            if ours and generated and not name.startswith("generated/"):
                yield Fault(path, number, f'"{name}" is neither under src/ nor at the root; generated files are included as "generated/…"')


def inner_layers_know_no_technology(tree):
    for path, _, layer in sources(tree):
        if layer not in ("domain", "ports", "application") or path.endswith("_test.cc"):
            continue
        for number, ours, name in includes(tree, path):
            if not ours and not _STANDARD.match(name) and name not in ASYNC_HEADERS.get(path, ()):
                yield Fault(path, number, f"{layer} knows the standard library only, not <{name}>")


def libraries_stay_in_their_adapter(tree):
    for path, inner, layer in sources(tree):
        for number, ours, name in includes(tree, path):
            if ours:
                continue
            if name.startswith(TEST_LIBRARIES) and "test" not in posixpath.basename(path):
                yield Fault(path, number, f"<{name}> belongs into tests")
            for prefix, homes in THIRD_PARTY.items():
                if name.startswith(prefix) and layer in ("adapters", "app", "launch") and not inner.startswith(homes):
                    yield Fault(path, number, f"<{name}> belongs into {' or '.join(homes)}")


# Header → folders whose code, but for its tests, may not include it, and why.
FORBIDDEN = {
    "adapters/json/json_document.h": (("src/adapters/openai/",), "a model's answer is scanned as it comes: no document for each token"),
}


def hot_paths_stay_plain(tree):
    for path, _, _ in sources(tree):
        for number, _, name in includes(tree, path):
            folders, why = FORBIDDEN.get(name, ((), ""))
            if path.startswith(folders) and "test" not in path:
                yield Fault(path, number, f'"{name}" is not for here: {why}')


RULES = (layers_point_inwards, own_includes_are_found_from_src, inner_layers_know_no_technology, libraries_stay_in_their_adapter, hot_paths_stay_plain)
