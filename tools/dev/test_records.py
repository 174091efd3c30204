"""What the steps of ./dev test recorded: each test with how it ended."""
import dataclasses
import xml.etree.ElementTree as ET


@dataclasses.dataclass(frozen=True)
class Case:
    kind: str  # gtest, pytest, step; or program: a test program that left no record of what failed in it
    name: str
    outcome: str  # passed, failed, skipped
    reason: str = ""  # of a failed or skipped one
    record: str = ""  # of a gtest: which program


REASON_LINES_MAX = 15


def reason_of(text):
    lines = [line.rstrip() for line in (text or "").splitlines() if line.strip()]
    return "\n".join(lines[-REASON_LINES_MAX:])


def gtest_cases(folder):
    for file in sorted(folder.glob("*.xml")):
        for case in ET.parse(file).iter("testcase"):
            name, skipped = f"{case.get('classname')}.{case.get('name')}", case.find("skipped")
            if case.get("status") == "notrun":
                yield Case("gtest", name, "skipped", "disabled in the code", file.stem)
            elif case.get("result") == "skipped":
                # The place comes first, then what the test says.
                yield Case("gtest", name, "skipped", skipped.get("message", "").partition("\n")[2].strip(), file.stem)
            elif (failure := case.find("failure")) is not None:
                yield Case("gtest", name, "failed", reason_of(failure.get("message")), file.stem)
            else:
                yield Case("gtest", name, "passed", record=file.stem)


def program_cases(file, gtests):
    """Programs whose cases do not say how they ended: one that left no record of them (it crashed, say) is one test, so that nothing vanishes."""
    recorded = {case.record for case in gtests}
    failed = {case.record for case in gtests if case.outcome == "failed"}
    for case in ET.parse(file).iter("testcase") if file.exists() else []:
        name, ok = case.get("name"), case.get("status") == "run" and case.find("failure") is None
        if name not in (recorded if ok else failed):
            yield Case("program", f"program {name}", "passed" if ok else "failed", "" if ok else reason_of(case.findtext("system-out")))


def pytest_cases(file):
    for case in ET.parse(file).iter("testcase"):
        name, skipped = f"{case.get('classname')}.{case.get('name')}", case.find("skipped")
        failure = case.find("failure") if case.find("failure") is not None else case.find("error")
        if failure is not None:
            yield Case("pytest", name, "failed", reason_of(failure.text))
        elif skipped is not None:
            yield Case("pytest", name, "skipped", skipped.get("message", ""))
        else:
            yield Case("pytest", name, "passed")


def cases(reports):
    gtests = list(gtest_cases(reports / "gtest"))
    yield from gtests
    yield from program_cases(reports / "ctest.xml", gtests)
    for file in sorted(reports.glob("pytest*.xml")):
        yield from pytest_cases(file)
    steps = reports / "steps"
    for line in steps.read_text().splitlines() if steps.exists() else []:
        name, outcome = line.rsplit(" ", 1)
        yield Case("step", name, outcome)
