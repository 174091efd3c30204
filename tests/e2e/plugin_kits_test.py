"""The kits for Python and C++: what they make of a function, in both modes."""
import json
import os
import shutil
import subprocess
import uuid

import pytest
from warm_test import PLUGINS, PYTHON, SDK, upload

# Ends as its input says, once it has told how far it is.
TALKS_IN_CPP = r"""
#include <clocale>
#include "orc_plugin.h"
int main() {
  std::setlocale(LC_ALL, "");
  return orc_plugin::serve([](std::string_view input, const orc_plugin::Context& context) {
    context.progress(0.25, "a \"quarter\"");
    context.log("two\nlines");
    context.progress(0.0 / 0.0);
    if (input == "\"bad\"") throw orc_plugin::BadInput("it is\nbad");
    if (input == "\"fails\"") throw std::runtime_error("it fails");
    if (input == "\"throws\"") throw 1;
    if (input == "\"latin\"") throw std::runtime_error("na\xefve \xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80 \xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80 \xe2\x82");
    if (input[0] == '[') return std::string(input);
    return std::string("{\n  \"text\": \"a\\nb\"\r\n}");
  });
}
"""
WELL_FORMED = "na\ufffdve \u00fc\u20ac\U0001f600 " + 3 * "\ufffd" + 2 * "\ufffd" + 4 * "\ufffd" + " " + 2 * "\ufffd"  # as in the log of a job
NESTED = ['}"\\', {"id": 3, "context": {"input": [1, "]"]}}, 2]


def compiled(folder, program):
    (folder / "main.cc").write_text(program)
    compiler = shutil.which("clang++-19") or "c++"
    subprocess.run([compiler, "-std=c++17", f"-I{PLUGINS / 'sdk/cpp'}", "main.cc", "-o", "main"], cwd=folder, check=True)
    return folder


@pytest.fixture(name="talks_in_cpp", scope="module")
def _talks_in_cpp(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("kit"), TALKS_IN_CPP)


@pytest.fixture(name="german", scope="module")
def _german(tmp_path_factory):
    """The environment of who writes 0,25 for a quarter, where such a locale can be made."""
    folder = tmp_path_factory.mktemp("locales")
    if shutil.which("localedef"):
        subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", folder / "de_DE.UTF-8"], check=False, capture_output=True)
    return {"LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8"}


def test_the_kit_for_cpp_says_each_thing_in_a_line_whatever_the_document_looks_like(talks_in_cpp, german):
    requests = "".join(json.dumps({"id": n, "input": do, "context": {}}, separators=(",", ":")) + "\n"
                       for n, do in enumerate(("bad", "fails", "throws", "latin", NESTED, {}), 1))
    said = subprocess.run(["./main"], cwd=talks_in_cpp, input=requests, env=german | {"ORC_MODE": "warm"}, capture_output=True, text=True, check=True).stdout
    told = [{"progress": 0.25, "message": 'a "quarter"'}, {"log": "two\nlines", "stream": "err"}, {"progress": 0, "message": ""}]
    ends = [{"error": "it is\nbad", "exit_code": 65}, {"error": "it fails", "exit_code": 1}, {"error": "what it threw is no std::exception", "exit_code": 1},
            {"error": WELL_FORMED, "exit_code": 1}, {"output": NESTED}, {"output": {"text": "a\nb"}}]
    expected = [{"ready": True}, *({"id": n} | one for n, end in enumerate(ends, 1) for one in (*told, end))]
    assert [json.loads(line) for line in said.splitlines()] == expected


def test_the_kit_for_cpp_finds_members_whatever_stands_between_them(tmp_path):
    compiled(tmp_path, """
#include "orc_plugin.h"
int main() {
  return orc_plugin::serve([](std::string_view input, const orc_plugin::Context& context) {
    return "[" + std::string(orc_plugin::member(input, "b")) + ",\\"" + orc_plugin::output_dir(context) + "\\"]";
  });
}
""")
    request = '{ "context" : { "ORC_OUTPUT_DIR" :\t"/out" } , "input" : {"a": "\\\\\\"b\\":1", "b" :\t[ {"b": 2}, "b" ] } ,\t"id" : 7 }\n'
    run = subprocess.run(["./main"], cwd=tmp_path, input=request, env={"ORC_MODE": "warm"}, capture_output=True, text=True, check=True)
    assert json.loads(run.stdout.splitlines()[1]) == {"id": 7, "output": [[{"b": 2}, "b"], "/out"]}


@pytest.mark.parametrize("do, code", [("bad", 65), ("fails", 1), ("throws", 1), ("answers", 0)])
def test_the_kit_for_cpp_says_the_same_once(talks_in_cpp, german, tmp_path, do, code):
    os.mkfifo(tmp_path / "progress")
    with open(os.open(tmp_path / "progress", os.O_RDONLY | os.O_NONBLOCK), encoding="utf-8") as progress:
        run = subprocess.run(["sh", "-c", f"./main 3>{tmp_path}/progress"], cwd=talks_in_cpp, env=german, input=json.dumps(do), check=False,
                             capture_output=True, text=True)
        told = [json.loads(line) for line in progress]
    assert run.returncode == code and told == [{"progress": 0.25, "message": 'a "quarter"'}, {"progress": 0, "message": ""}]
    said = {"bad": "it is\nbad\n", "fails": "it fails\n", "throws": "what it threw is no std::exception\n"}.get(do, "")
    assert run.stderr == "two\nlines\n" + said and json.loads(run.stdout or "null") == (None if said else {"text": "a\nb"})


# Opens a file of its own and then tells how far it is.
OPENS_IN_CPP = """
#include "orc_plugin.h"
int main() {
  return orc_plugin::serve([](std::string_view input, const orc_plugin::Context& context) {
    std::FILE* const own = std::fopen("own", "w");
    context.progress(0.5, "half");
    std::fclose(own);
    return std::string(input);
  });
}
"""
OPENS_IN_PYTHON = """
from orc_plugin import serve
def answer(document, context):
    with open("own", "w"):
        context.progress(0.5, "half")
    return document
serve(answer)
"""


@pytest.mark.parametrize("third", ["3<>own", "3>&-"])
@pytest.mark.parametrize("kit", ["cpp", "python"])
def test_progress_goes_to_the_pipe_for_it_and_into_no_file_of_the_plugin(tmp_path, kit, third):
    if kit == "cpp":
        compiled(tmp_path, OPENS_IN_CPP)
    else:
        (tmp_path / "main.py").write_text(OPENS_IN_PYTHON)
        (tmp_path / "orc_plugin.py").write_text(SDK)
    run = subprocess.run(["sh", "-c", f"exec {'./main' if kit == 'cpp' else ' '.join(PYTHON)} {third}"], cwd=tmp_path, input="[1]", check=True,
                         capture_output=True, text=True)
    assert json.loads(run.stdout) == [1] and (tmp_path / "own").read_text() == ""


# Its standard error is buffered as it was before Python 3.9.
PRINTS = """
import os, sys
from orc_plugin import serve
sys.stderr = open(2, "w", closefd=False)
def answer(document, context):
    print("printed")
    os.system("echo by a child")
    return document
serve(answer)
"""


@pytest.mark.parametrize("mode", ["once", "warm"])
def test_what_a_plugin_in_python_prints_is_log_in_both_modes(tmp_path, mode):
    (tmp_path / "main.py").write_text(PRINTS)
    (tmp_path / "orc_plugin.py").write_text(SDK)
    given, said = ("[1]", [[1]]) if mode == "once" else ('{"id": 1, "input": [1], "context": {}}\n', [{"ready": True}, {"id": 1, "output": [1]}])
    run = subprocess.run(PYTHON, cwd=tmp_path, input=given, env={"ORC_MODE": mode}, check=True, capture_output=True, text=True)
    assert [json.loads(line) for line in run.stdout.splitlines()] == said and run.stderr == "printed\nby a child\n"


STRAYS = """
from orc_plugin import Failure, serve
def answer(document, context):
    if document == "answers":
        return "name \\udcff"
    for part in (1.0000001, -0.1, float("nan")):
        context.progress(part, "name \\udcff")
    context.log("name \\udcff")
    raise Failure("name \\udcff")
serve(answer)
"""


def test_the_kit_for_python_says_only_what_can_be_read(tmp_path):
    (tmp_path / "main.py").write_text(STRAYS)
    (tmp_path / "orc_plugin.py").write_text(SDK)
    requests = "".join(json.dumps({"id": n, "input": do, "context": {}}) + "\n" for n, do in enumerate(("says", "answers")))
    warm = subprocess.run(PYTHON, cwd=tmp_path, input=requests, env={"ORC_MODE": "warm"}, check=True, capture_output=True, text=True)
    told = [{"progress": part, "message": "name ?"} for part in (1, 0, 0)]
    *said, traced, refused = [json.loads(line) for line in warm.stdout.splitlines()]
    assert said == [{"ready": True}, *({"id": 0} | one for one in (*told, {"log": "name ?", "stream": "err"}, {"error": "name ?", "exit_code": 1}))]
    assert refused["id"] == 1 and "surrogates not allowed" in refused["error"], "an answer is not changed"
    assert traced["id"] == 1 and traced["log"].startswith("Traceback")
    once = subprocess.run(["sh", "-c", f"{' '.join(PYTHON)} 3>&1"], cwd=tmp_path, input='"says"', check=False, capture_output=True, text=True)
    assert [json.loads(line) for line in once.stdout.splitlines()] == told and once.returncode == 1
    once = subprocess.run(PYTHON, cwd=tmp_path, input='"answers"', check=False, capture_output=True, text=True)
    assert (once.stdout, once.returncode) == ("", 1) and "surrogates not allowed" in once.stderr


def test_the_traceback_of_a_plugin_in_python_is_in_the_log_of_its_job_and_its_error_is_a_line(alice, admin):
    raises = 'from orc_plugin import serve\ndef answer(document, context):\n    raise ValueError("it is raised")\nserve(answer)\n'
    plugin = upload(admin.client, f"raises-{uuid.uuid4().hex[:12]}", raises, retry={"max_attempts": 1})
    done = alice.client.finished(alice.client.submit(plugin, {})["id"])
    assert done["error_message"] == "ValueError: it is raised"
    lines = [line["text"] for line in alice.client.get(f"/api/v1/jobs/{done['id']}/logs").json()["items"]]
    assert lines[0] == "Traceback (most recent call last):" and lines[-1] == "ValueError: it is raised"


@pytest.mark.parametrize("kit", ["sdk/python/orc_plugin.py", "sdk/cpp/orc_plugin.h", "sdk/cpp/orc_json.h"])
def test_a_file_of_a_kit_is_under_a_hundred_lines(kit):
    assert len((PLUGINS / kit).read_text().splitlines()) < 100


def test_the_copies_of_the_kit_are_the_kit():
    for name in ("example-classifier", "example-processor"):
        assert (PLUGINS / name / "orc_plugin.py").read_text() == SDK
