"""`.env.example` names every setting of `orc serve` and `orc runner`, and no other."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLAGS = ("src/app/serve_command.cc", "src/app/deliberation_flags.h", "src/app/equipment_flags.h", "src/app/runner_command.cc")
# Older names of one that is there, and those of parts that are refused or change nothing in this release.
UNNAMED = {"RAY_ADDRESS", "RAY_HEAD_ADDRESS", "RAY_DEBUG", "RABBITMQ_URL"}
_ENVNAME = re.compile(r'envname\("([A-Z_]+)"\)')
_READ = re.compile(r'\{"([A-Z_]+)", raw\.')
_EQUIPMENT = re.compile(r'variable \+ "([A-Z_]+)"')
_PREFIX = re.compile(r'\.variables = "([A-Z_]+)"')
_EXAMPLE = re.compile(r"^#([A-Z_]+)=", re.MULTILINE)


def variables_of_sources():
    text = "".join((ROOT / path).read_text(encoding="utf-8") for path in FLAGS)
    prefixes = _PREFIX.findall((ROOT / "src/app/equipment_settings.h").read_text(encoding="utf-8"))
    assert len(prefixes) == 2, "of the server and of the runner"
    equipment = {prefix + name for prefix in prefixes for name in _EQUIPMENT.findall(text)}
    return ({*_ENVNAME.findall(text), *_READ.findall(text)} | equipment) - UNNAMED


def test_the_example_names_every_variable_that_is_read_and_no_other():
    named = set(_EXAMPLE.findall((ROOT / ".env.example").read_text(encoding="utf-8")))
    read = variables_of_sources()
    assert len(read) > 50, "the pattern finds the variables"
    assert named == read, f"missing: {sorted(read - named)}; read by nobody: {sorted(named - read)}"
