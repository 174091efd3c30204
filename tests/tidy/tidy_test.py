"""Runs every tidy rule on the repository, and each of them on a planted fault that it must find."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import include_rules  # noqa: E402
import link_rules  # noqa: E402
import text_rules  # noqa: E402
from tidy import RULES  # noqa: E402
from tree import Tree  # noqa: E402

REPOSITORY = Tree(pathlib.Path(__file__).resolve().parents[2])
LONG_BODY = "  step();\n" * 70

PLANTED = [
    (text_rules.files_are_short, "src/domain/a.h", "// line\n" * 401),
    (text_rules.files_are_short, "src/domain/a_test.cc", "// line\n" * 601),
    (text_rules.functions_are_short, "src/domain/a.cc", "namespace x {\nint f(int a,\n      int b) {\n" + LONG_BODY + "}\n}\n"),
    (text_rules.functions_are_short, "tests/a.py", "def f():\n" + "    1\n" * 71),
    (text_rules.paths_are_telling, "src/domain/string_" + "util.h", ""),
    (text_rules.paths_are_telling, "src/domain/" + "data.h", ""),
    (text_rules.types_are_telling, "src/domain/a.h", "class Job" + "Manager {};\n"),
    (text_rules.types_are_telling, "src/domain/a.h", "struct In" + "fo {};\n"),
    (text_rules.nothing_is_left_unfinished, "src/domain/a.h", "// TO" + "DO(soon): more\n"),
    (text_rules.nothing_sleeps, "tests/a.cc", "std::this_thread::sleep" + "_for(1s);\n"),
    (text_rules.nothing_sleeps, "tests/a.py", "time." + "sleep(1)\n"),
    (text_rules.nothing_runs_a_shell, "src/app/a.cc", "std::sys" + "tem(command);\n"),
    (text_rules.nothing_runs_a_shell, "src/app/a.cc", 'run({"sh", ' + '"-c", words});\n'),
    (text_rules.fields_of_protos_are_explained, "proto/fleet/a.proto", "message A {\n  string b = 1;  // said\n  map<string, int64> c = 2;\n}\n"),
    (include_rules.hot_paths_stay_plain, "src/adapters/openai/a.cc", '#include "adapters/json/json_document.h"\n'),
    (include_rules.layers_point_inwards, "src/domain/a.h", '#include "ports/clock.h"\n'),
    (include_rules.layers_point_inwards, "src/adapters/rest/a.h", '#include "adapters/sqlite/store.h"\n'),
    (include_rules.own_includes_are_found_from_src, "src/domain/a.h", '#include "result.h"\n'),
    (include_rules.inner_layers_know_no_technology, "src/application/a.h", "#include <boost/asio/awaitable.hpp>\n"),
    (include_rules.libraries_stay_in_their_adapter, "src/adapters/rest/a.cc", "#include <sqlite3.h>\n"),
    (include_rules.libraries_stay_in_their_adapter, "src/adapters/rest/a.cc", "#include <gtest/gtest.h>\n"),
    (link_rules.links_lead_somewhere, "docs/a.md", "see [this](gone.md)\n"),
    (link_rules.links_lead_somewhere, "docs/a.md", "# One\nsee [this](#two)\n"),
    (link_rules.named_paths_exist, "docs/where_to_look.md", "`src/domain/gone.h`\n"),
    (link_rules.named_paths_exist, "docs/decisions/a.md", "`prompts/gone.txt`\n"),
    (link_rules.named_paths_exist, "README.md", "`web/gone/`\n"),
    (link_rules.no_file_is_dead, "src/domain/alone.cc", "int x;\n"),
    (link_rules.no_statement_is_dead, "src/adapters/sqlite/statements/a.sql", "-- name: asked_by_nobody\nSELECT 1;\n"),
]


@pytest.fixture(name="planted_tree")
def _planted_tree(tmp_path):
    for name in ("src/ports/clock.h", "src/adapters/sqlite/store.h"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps_the_rule(rule):
    faults = [str(fault) for fault in rule(REPOSITORY)]
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize("rule, path, text", PLANTED, ids=[f"{rule.__name__}-{index}" for index, (rule, _, _) in enumerate(PLANTED)])
def test_a_planted_fault_is_found(planted_tree, rule, path, text):
    file = planted_tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    assert [fault for fault in rule(Tree(planted_tree)) if fault.path == path]


def test_a_path_of_this_machine_is_found(tmp_path):
    root = tmp_path / "clone"
    root.mkdir()
    (root / "a.md").write_text(f"see {tmp_path}/elsewhere\n")
    assert list(text_rules.no_path_of_this_machine(Tree(root)))


def test_every_rule_has_a_planted_fault():
    assert {rule for rule, _, _ in PLANTED} | {text_rules.no_path_of_this_machine} == set(RULES)


def test_functions_inside_classes_and_after_literals_are_measured():
    text = 'class A {\n  void f() {\n    print("}{");\n    auto g = [](int x) {\n      return x;\n    };\n  }\n};\n'
    assert list(text_rules.cpp_functions(text)) == [(2, 7)]
