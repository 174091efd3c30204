"""Turns api/openapi.yaml into the JSON that the server answers with: whole for the API, and the part that the registry's port serves.

usage: openapi_json.py api/openapi.yaml OUT_DIR
"""
import json
import pathlib
import sys

import yaml

# What the registry's port serves beside the plugins themselves (src/adapters/rest/rest_api.cc).
REGISTRY_PATHS = ("/", "/health", "/health/ready", "/openapi.json", "/docs", "/docs/", "/docs/start.js", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css")


def references(part):
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def used_components(document):
    """Only the components that the paths lead to."""
    kept, waiting = {}, list(references(document["paths"]))
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        if name not in kept.setdefault(kind, {}):
            kept[kind][name] = document["components"][kind][name]
            waiting += references(kept[kind][name])
    kept["securitySchemes"] = document["components"]["securitySchemes"]
    return kept


def registry_part(document):
    part = json.loads(json.dumps(document))
    part["info"]["title"] = "Orc plugin registry"
    part["paths"] = {path: item for path, item in part["paths"].items() if path in REGISTRY_PATHS or path.startswith("/api/v1/plugins")}
    for item in part["paths"].values():
        if "get" in item:
            item["get"]["security"] = []
    part["tags"] = [tag for tag in part["tags"] if tag["name"] in ("service", "plugins")]
    part["components"] = used_components(part)
    return part


def main(source, folder):
    document = yaml.safe_load(pathlib.Path(source).read_text(encoding="utf-8"))
    out = pathlib.Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in (("openapi.json", document), ("registry_openapi.json", registry_part(document))):
        (out / name).write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
