"""api/openapi.yaml by itself: references lead somewhere, nothing lies around unused, parameters are declared, examples fit their schemas."""
import pathlib
import re
import warnings

import jsonschema
import pytest
import yaml

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from jsonschema import RefResolver

DOCUMENT = yaml.safe_load((pathlib.Path(__file__).resolve().parents[2] / "api/openapi.yaml").read_text(encoding="utf-8"))
RESOLVER = RefResolver("", DOCUMENT)
OPERATIONS = [(path, method, operation) for path, item in DOCUMENT["paths"].items() for method, operation in item.items() if method != "parameters"]


def parts(value, place=""):
    yield place, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from parts(inner, f"{place}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from parts(inner, f"{place}/{index}")


def resolved(value):
    while "$ref" in value:
        _, value = RESOLVER.resolve(value["$ref"])
    return value


def judged(schema, value):
    return [fault.message for fault in jsonschema.Draft202012Validator(schema, resolver=RESOLVER).iter_errors(value)]


REFERENCES = {part["$ref"] for _, part in parts(DOCUMENT) if isinstance(part, dict) and isinstance(part.get("$ref"), str)}
EXAMPLES = [(place, part["schema"], part["example"]) for place, part in parts(DOCUMENT)
            if isinstance(part, dict) and "schema" in part and "example" in part]
SCHEMAS = DOCUMENT["components"]["schemas"]


@pytest.mark.parametrize("reference", sorted(REFERENCES))
def test_a_reference_leads_somewhere(reference):
    RESOLVER.resolve(reference)


def test_every_component_is_used():
    defined = {f"#/components/{kind}/{name}" for kind, those in DOCUMENT["components"].items() if kind != "securitySchemes" for name in those}
    assert defined == REFERENCES


@pytest.mark.parametrize("path, method, operation", OPERATIONS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_parameter_of_a_path_is_declared(path, method, operation):
    declared = [resolved(parameter) for parameter in DOCUMENT["paths"][path].get("parameters", []) + operation.get("parameters", [])]
    in_path = {parameter["name"] for parameter in declared if parameter["in"] == "path"}
    assert in_path == set(re.findall(r"\{(\w+)\}", path)), f"{method} {path}"
    assert all(parameter["required"] for parameter in declared if parameter["in"] == "path")


@pytest.mark.parametrize("path, method, operation", OPERATIONS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_operation_has_a_tag_that_is_explained(path, method, operation):
    known = {tag["name"] for tag in DOCUMENT["tags"]}
    assert set(operation["tags"]) <= known and len(operation["tags"]) == 1, f"{method} {path}"


@pytest.mark.parametrize("place, schema, example", EXAMPLES, ids=lambda value: value if isinstance(value, str) else "")
def test_an_example_fits_its_schema(place, schema, example):
    assert not judged(schema, example), place


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_is_one_and_its_examples_fit(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    for example in SCHEMAS[name].get("examples", []):
        assert not judged(SCHEMAS[name], example)
