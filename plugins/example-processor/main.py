"""Makes one number of many: one JSON document in, one out, in either mode."""

from orc_plugin import Failure, serve

PROCESSOR_VERSION = "1.0.0"

OPERATIONS = {
    "sum": sum,
    "average": lambda data: sum(data) / len(data),
    "max": max,
    "min": min,
}


def process(document, context):
    data = document.get("data")
    if not data:
        raise Failure("No data provided")
    operation = document.get("operation", "sum")
    if operation not in OPERATIONS:
        raise Failure(f"Unknown operation: {operation}. Known are: {', '.join(OPERATIONS)}")
    return {
        "operation": operation,
        "result": OPERATIONS[operation](data),
        "input_count": len(data),
        "metadata": {"processor_version": PROCESSOR_VERSION},
    }


serve(process)
