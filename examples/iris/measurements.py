"""Fisher's measurements, and what each job must answer by a computation that has nothing to do with the plugins."""
import csv
import dataclasses
import fractions
import pathlib

FILE = pathlib.Path(__file__).with_name("iris.csv")
COLUMNS = ("sepal length", "sepal width", "petal length", "petal width")
OPERATIONS = ("sum", "average", "max", "min")

# A sum of 150 doubles may be off by about 150 roundings of the last bit, some 1e-13 here; a real fault is far larger.
TOLERANCE = 1e-9


@dataclasses.dataclass(frozen=True)
class Flower:
    species: str
    features: tuple  # of floats, in the order of COLUMNS
    exact: tuple  # the same as fractions, so that sums do not round


def flowers():
    with FILE.open(newline="") as file:
        rows = list(csv.reader(file))
    count, width, *species = rows[0]
    table = [Flower(species[int(row[-1])], tuple(float(cell) for cell in row[:-1]), tuple(fractions.Fraction(cell) for cell in row[:-1]))
             for row in rows[1:]]
    if len(table) != int(count) or any(len(flower.features) != int(width) for flower in table):
        raise ValueError(f"{FILE.name} is not the table of {count} flowers that its first line promises")
    if table[34].features[3] != 0.2 or table[37].features[1:3] != (3.6, 1.4):
        raise ValueError(f"{FILE.name} is the table with the two known faults; README.md says which one belongs here")
    return table


def expected_class(flower):
    """The rule of example-classifier: a mean above 2.0 is class_A. Exact, so that no rounding decides."""
    return ("class_A", 0.95) if sum(flower.exact) / len(flower.exact) > 2 else ("class_B", 0.87)


def expected_figure(column, operation):
    """`column`: the exact values of one measurement."""
    figures = {"sum": sum(column), "average": sum(column) / len(column), "max": max(column), "min": min(column)}
    return float(figures[operation])


def is_close(one, other):
    return isinstance(one, (int, float)) and abs(one - other) <= TOLERANCE * max(1.0, abs(other))
