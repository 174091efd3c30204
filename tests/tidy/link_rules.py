"""Rules about what points where: documents at files, builds at sources."""
import pathlib
import posixpath
import re

from tree import Fault

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE_PATH = re.compile(r"`([A-Za-z0-9_.\-]+(?:/[A-Za-z0-9_.*{},\-]+)+/?)`")
_STATEMENT = re.compile(r"^-- name: *(\w+)", re.MULTILINE)
_QUOTED_WORD = re.compile(r'"(\w+)"')
_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
PATH_ROOTS = ("src/", "tests/", "docs/", "plugins/", "examples/", "tools/", "bench/", "api/", "cmake/", "prompts/", "proto/", "web/")
PLANS = ("docs/design.md",)  # may name what is not built


def anchor_of(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(tree, path):
    return {anchor_of(line.lstrip("#")) for line in tree.lines(path) if line.startswith("#")}


def links_lead_somewhere(tree):
    for path in tree.select(".md"):
        text = _FENCE.sub(lambda match: "\n" * match.group(0).count("\n"), tree.text(path))
        for number, line in enumerate(text.splitlines(), 1):
            for target in _LINK.findall(line):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = target.partition("#")
                file = posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) if name else path
                if not tree.exists(file):
                    yield Fault(path, number, f"the link to {target} leads nowhere")
                elif anchor and file.endswith(".md") and anchor not in anchors(tree, file):
                    yield Fault(path, number, f"{file} has no heading for #{anchor}")


def named_paths_exist(tree):
    for path in tree.select(".md"):
        if path in PLANS or not path.startswith("docs/") and path not in ("ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            for name in _CODE_PATH.findall(line):
                if name.startswith(PATH_ROOTS) and not exists_by_pattern(tree, name):
                    yield Fault(path, number, f"`{name}` is not there")


def exists_by_pattern(tree, name):
    braces = re.search(r"\{([^}]*)\}", name)
    if braces:
        return all(exists_by_pattern(tree, name.replace(braces.group(0), one, 1)) for one in braces.group(1).split(","))
    return any(tree.root.glob(name.rstrip("/"))) if "*" in name else tree.exists(name)


def no_file_is_dead(tree):
    named = set()
    for path in tree.paths:
        if not path.endswith((".csv", ".json", ".md")):
            own = pathlib.PurePosixPath(path)
            words = set(re.findall(r"[\w.\-]+", tree.text(path)))
            named |= {(word, str(own)) for word in words}
    by_word = {}
    for word, place in named:
        by_word.setdefault(word, set()).add(place)
    for path in tree.select(".h", ".cc", ".sql", ".py", ".sh"):
        file = pathlib.PurePosixPath(path)
        if file.name == "conftest.py" or file.name.endswith("_test.py") or is_globbed(tree, file):
            continue
        words = {file.name, file.stem} if file.suffix in (".py", ".sh", ".sql") else {file.name}
        if not any(by_word.get(word, set()) - {path} for word in words):
            yield Fault(path, 1, "nothing builds, includes or names this file")


def is_globbed(tree, file):
    """A build file above it takes every file with this ending."""
    for folder in list(file.parents)[:3]:
        build = str(folder / "CMakeLists.txt")
        if tree.exists(build) and re.search(r"GLOB[^)]*\*" + re.escape(file.suffix), tree.text(build)):
            return True
    return False


def no_statement_is_dead(tree):
    """Each named statement of an adapter is asked for by name in its folder, outside its tests."""
    for path in tree.select(".sql"):
        folder, inside, _ = path.partition("/statements/")
        if not inside:
            continue
        files = [file for file in tree.select(".cc", ".h", under=folder + "/") if not file.endswith("_test.cc")]
        asked = {word for file in files for word in _QUOTED_WORD.findall(tree.text(file))}
        for match in _STATEMENT.finditer(tree.text(path)):
            if match.group(1) not in asked:
                yield Fault(path, tree.text(path).count("\n", 0, match.start()) + 1, f"nobody asks for the statement '{match.group(1)}'")


RULES = (links_lead_somewhere, named_paths_exist, no_file_is_dead, no_statement_is_dead)
