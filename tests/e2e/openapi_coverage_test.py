"""Runs last: whatever api/openapi.yaml promises must have been called, and must have worked, in some test of this run (./dev test runs this file by itself,
after all others)."""


def test_every_path_and_method_was_called_with_success(contract):
    promised = {(method, path) for method, path, _ in contract.operations()}
    missing = sorted(promised - contract.succeeded_anywhere())
    assert not missing, "no test had a success from:\n" + "\n".join(f"  {method} {path}" for method, path in missing)


def test_every_operation_says_what_it_is(contract):
    for method, path, operation in contract.operations():
        assert operation.get("summary") and operation.get("operationId"), f"{method} {path} has no summary or no operationId"
    names = [operation["operationId"] for _, _, operation in contract.operations()]
    assert len(names) == len(set(names)), "operationIds are not unique"
