"""Rules about single files: how long, how named, which words."""
import ast
import os
import re

from tree import CODE, Fault, without_comments_and_strings

FILE_LINES_MAX = 400
TEST_LINES_MAX = 600
FUNCTION_LINES_MAX = 70

# Names that say nothing. The second set is weak only where it stands alone.
BANNED = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"}
WEAK_ALONE = {"data", "info", "base", "handle"}

_NOT_A_FUNCTION = re.compile(r"^(?:export\s+|inline\s+|typedef\s+|template\s*<.*>\s*)*"
                             r"(?:namespace|class|struct|enum|union|extern|if|for|while|switch|catch|else|do|try|case|default|return)\b", re.DOTALL)
_TYPE = re.compile(r"\b(?:class|struct|enum class|enum|concept|using)\s+(?:\[\[\w+\]\]\s*)?([A-Z]\w*)")
_TABLE_ROW = ('"', 'R"', 'u8"', "{")
_UNFINISHED = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b")
_SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\s*\(|\btime\." + r"sleep\b|\bwaitFor" + r"Timeout\b")
_SHELL = re.compile(r'::system\s*\(|\bpopen\s*\(|(?<![\w.>])system\s*\(\s*(?:"|\w+(?:\.|->)c_str)|"/?(?:bin/)?sh"\s*,\s*"-c"')


def is_test(path):
    return path.startswith("tests/") or path.endswith(("_test.cc", "_test.py"))


def files_are_short(tree):
    for path in tree.select(*CODE):
        count, most = len(tree.lines(path)), TEST_LINES_MAX if is_test(path) else FILE_LINES_MAX
        if count > most:
            yield Fault(path, 1, f"{count} lines; at most {most}. Split it by concept.")


def cpp_functions(text):
    """First and last line of every outermost function body. A heuristic on braces; good for code that clang-format has seen."""
    line, before, open_braces = 1, "", []
    for sign in without_comments_and_strings(text):
        if sign == "\n":
            line += 1
        if sign == "{":
            head = before.strip()
            inside = any(function for _, function in open_braces)
            open_braces.append((line, not inside and "(" in head and not _NOT_A_FUNCTION.match(head)))
            before = ""
        elif sign == "}":
            if open_braces:
                first, function = open_braces.pop()
                if function:
                    yield first, line
            before = ""
        elif sign == ";":
            before = ""
        else:
            before += sign


def functions_are_short(tree):
    for path in tree.select(".h", ".cc"):
        lines = tree.lines(path)
        for first, last in cpp_functions(tree.text(path)):
            # Rows of a table are cases, not steps: a hundred of them are as easy to read as ten.
            count = sum(not lines[number].lstrip().startswith(_TABLE_ROW) for number in range(first - 1, last))
            if count > FUNCTION_LINES_MAX:
                yield Fault(path, first, f"a function of {count} lines; at most {FUNCTION_LINES_MAX}")
    for path in tree.select(".py"):
        for node in ast.walk(ast.parse(tree.text(path))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX:
                yield Fault(path, node.lineno, f"{node.name} has {node.end_lineno - node.lineno + 1} lines; at most {FUNCTION_LINES_MAX}")


def paths_are_telling(tree):
    for path in tree.paths:
        for part in path.split("/"):
            stem = part.split(".")[0]
            bad = BANNED & set(re.split(r"[_\-.]", part.lower())) or ({stem} & WEAK_ALONE)
            if bad:
                yield Fault(path, 1, f"'{sorted(bad)[0]}' in a path says nothing; name what it is")


def types_are_telling(tree):
    for path in tree.select(".h", ".cc"):
        for number, line in enumerate(without_comments_and_strings(tree.text(path)).splitlines(), 1):
            for name in _TYPE.findall(line):
                words = {word.lower() for word in re.findall(r"[A-Z][a-z0-9]*", name)}
                if BANNED & words or name.lower() in WEAK_ALONE:
                    yield Fault(path, number, f"type '{name}' says nothing; name what it is")


def matches(tree, pattern, paths, words):
    for path in paths:
        for number, line in enumerate(tree.lines(path), 1):
            found = pattern.search(line)
            if found:
                yield Fault(path, number, f"'{found.group(0)}': {words}")


def nothing_is_left_unfinished(tree):
    return matches(tree, _UNFINISHED, tree.select(*CODE, "CMakeLists.txt", ".cmake", "dev"), "finish it or file it, do not leave it here")


def nothing_sleeps(tree):
    return matches(tree, _SLEEP, tree.select(".h", ".cc", ".py", ".ts"), "wait for a signal, not for time")


def nothing_runs_a_shell(tree):
    return matches(tree, _SHELL, tree.select(".h", ".cc", under="src/"), "start programs by argument vector, never through a shell")


def no_path_of_this_machine(tree):
    places = {str(tree.root.parent) + "/", os.path.expanduser("~") + "/"} - {"/", "//", "/tmp/", "/usr/", "/var/", "/opt/", "/srv/"}
    pattern = re.compile("|".join(r"(?<![\w.])" + re.escape(place) for place in sorted(places)) or r"(?!)")
    return matches(tree, pattern, tree.paths, "a path of one machine; make it relative")


_FIELD = re.compile(r"^\s*[\w.<>, ]+ \w+ = \d+;")


def fields_of_protos_are_explained(tree):
    for path in tree.select(".proto", under="proto/fleet/"):
        above = ""
        for number, line in enumerate(tree.lines(path), 1):
            if _FIELD.match(line) and "// " not in line and not above.lstrip().startswith("//"):
                yield Fault(path, number, "a field has a comment, beside it or above it")
            above = line


RULES = (files_are_short, functions_are_short, paths_are_telling, types_are_telling, nothing_is_left_unfinished, nothing_sleeps,
         nothing_runs_a_shell, no_path_of_this_machine, fields_of_protos_are_explained)
