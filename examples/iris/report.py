"""What the demo shows: a progress bar on a terminal and plain lines elsewhere, then the table."""
import collections
import sys

from measurements import COLUMNS, OPERATIONS, expected_class, expected_figure, is_close

BAR_WIDTH = 40


class Progress:
    def __init__(self, total):
        self._total = total
        self._live = sys.stdout.isatty()
        self._last = -1

    def show(self, done):
        if self._live:
            filled = BAR_WIDTH * done // self._total
            end = "\n" if done == self._total else ""
            print(f"\r  [{'█' * filled}{'░' * (BAR_WIDTH - filled)}] {done}/{self._total} jobs{end}", end="", flush=True)
        elif done * 4 // self._total > self._last:
            self._last = done * 4 // self._total
            print(f"  {done}/{self._total} jobs", flush=True)


def classes_by_species(flowers, jobs):
    """The lines of the table, and a sentence for every job that is wrong."""
    faults, counts = [], collections.defaultdict(collections.Counter)
    for number, (flower, job) in enumerate(zip(flowers, jobs), 1):
        result = job["result"] or {}
        answer = (result.get("prediction"), result.get("confidence"))
        counts[flower.species][answer[0]] += 1
        if job["status"] != "completed" or answer != expected_class(flower):
            faults.append(f"flower {number}: job {job['id']} is {job['status']} with {answer}, expected {expected_class(flower)}: "
                          f"{job['error_message']}")
    lines = [f"  {'species':<14}{'flowers':>8}{'class_A':>9}{'class_B':>9}"]
    for species, found in counts.items():
        lines.append(f"  {species:<14}{sum(found.values()):>8}{found['class_A']:>9}{found['class_B']:>9}")
    return lines, faults


def figures_by_column(flowers, jobs):
    """`jobs`: by (column, operation)."""
    faults, lines = [], [f"  {'column':<14}{'operation':<11}{'plugin':>12}{'computed here':>15}"]
    for index, column in enumerate(COLUMNS):
        exact = [flower.exact[index] for flower in flowers]
        for operation in OPERATIONS:
            job, expected = jobs[column, operation], expected_figure(exact, operation)
            result = (job["result"] or {}).get("result")
            right = job["status"] == "completed" and is_close(result, expected)
            shown = f"{result:.6g}" if isinstance(result, (int, float)) else str(result)
            lines.append(f"  {column:<14}{operation:<11}{shown:>12}{expected:>15.6g}{'' if right else '   wrong'}")
            if not right:
                faults.append(f"{operation} of {column}: job {job['id']} is {job['status']} with {result!r}, expected {expected!r}: "
                              f"{job['error_message']}")
    return lines, faults
