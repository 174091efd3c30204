"""Makes one number of many. One JSON document in, as the last argument or on standard input; one out on standard output."""

import json
import sys

PROCESSOR_VERSION = "1.0.0"

OPERATIONS = {
    "sum": sum,
    "average": lambda data: sum(data) / len(data),
    "max": max,
    "min": min,
}


def main():
    document = json.load(sys.stdin)
    data = document.get("data")
    if not data:
        sys.exit("No data provided")
    operation = document.get("operation", "sum")
    if operation not in OPERATIONS:
        sys.exit(f"Unknown operation: {operation}. Known are: {', '.join(OPERATIONS)}")
    answer = {
        "operation": operation,
        "result": OPERATIONS[operation](data),
        "input_count": len(data),
        "metadata": {"processor_version": PROCESSOR_VERSION},
    }
    json.dump(answer, sys.stdout)


main()
