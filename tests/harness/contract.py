"""api/openapi.yaml as a judge: every answer that a test gets is held against it, and it remembers what was called."""
import dataclasses
import functools
import json
import pathlib
import re
import warnings

import jsonschema
import yaml
from requests.structures import CaseInsensitiveDict

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from jsonschema import RefResolver

FILE = pathlib.Path(__file__).resolve().parents[2] / "api/openapi.yaml"
METHODS = ("get", "post", "put", "delete", "patch", "head", "options", "trace")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

_FORMATS = jsonschema.FormatChecker(formats=())


@_FORMATS.checks("date-time")
def _is_utc_time(value):
    return not isinstance(value, str) or bool(_DATE_TIME.fullmatch(value))


def strict_json(text):
    """Parses JSON and refuses what a second parser might read differently."""

    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), f"duplicate names in an answer: {names}"
        return dict(pairs)

    return json.loads(text, object_pairs_hook=once, parse_constant=lambda word: (_ for _ in ()).throw(ValueError(word)))


def allof_names(node):
    """Names of the component schemas that some `allOf` joins with others: those must stay open."""
    if isinstance(node, list):
        return set().union(*(allof_names(one) for one in node))
    if not isinstance(node, dict):
        return set()
    joined = node.get("allOf")
    named = {part["$ref"].rpartition("/")[2] for part in joined if isinstance(part, dict) and "$ref" in part} if isinstance(joined, list) else set()
    return named.union(*(allof_names(value) for value in node.values()))


def close(schema, is_open=False):
    """An answer may hold no field that the contract does not name, unless the schema says that it may."""
    if not isinstance(schema, dict):
        return
    joins = {"allOf", "anyOf", "oneOf", "$ref"} & set(schema)
    if "properties" in schema and not is_open and not joins:
        schema.setdefault("additionalProperties", False)
    for name in ("properties", "patternProperties", "$defs"):
        for part in schema.get(name, {}).values():
            close(part)
    for name in ("items", "additionalProperties", "contains"):
        close(schema.get(name))
    for name in ("anyOf", "oneOf", "prefixItems"):
        for part in schema.get(name, []):
            close(part, is_open="properties" in schema)
    for part in schema.get("allOf", []):
        close(part, is_open=True)


@dataclasses.dataclass
class HeldAnswer:
    """An answer that did not come through requests, in the form in which check() reads it."""
    status_code: int
    headers: CaseInsensitiveDict
    content: bytes

    def __post_init__(self):
        self.headers = CaseInsensitiveDict(self.headers)

    @property
    def text(self):
        return self.content.decode(errors="replace")


class Contract:
    """`document`: an OpenAPI document as an object; api/openapi.yaml unless told otherwise.

    `shared`: a folder in which the test processes of one run tell each other what succeeded, if there are several."""

    def __init__(self, document=None, shared=None):
        self._shared = pathlib.Path(shared) if shared else None
        if self._shared:
            self._shared.mkdir(parents=True, exist_ok=True)
        self.document = document or yaml.safe_load(FILE.read_text(encoding="utf-8"))
        joined = allof_names(self.document)
        for name, schema in self.document.get("components", {}).get("schemas", {}).items():
            close(schema, is_open=name in joined)
        self._close_inline(self.document)
        self._resolver = RefResolver("", self.document)
        self._templates = [(re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))), path) for path in self.document["paths"]]
        self._templates.sort(key=lambda pair: (pair[1].count("{"), -len(pair[1])))
        self.succeeded = set()  # (METHOD, path template) that answered below 400, here

    def _close_inline(self, node):
        for name, value in node.items() if isinstance(node, dict) else []:
            if name == "content":
                for kind in value.values():
                    close(kind.get("schema"))
            elif name != "schemas":
                self._close_inline(value)

    def operations(self):
        """(METHOD, path template, operation) of everything that is promised."""
        return [(method.upper(), path, operation) for path, methods in self.document["paths"].items() for method, operation in methods.items()
                if method in METHODS]

    def template_of(self, path):
        return next((template for pattern, template in self._templates if pattern.fullmatch(path)), None)

    def _resolved(self, value):
        while "$ref" in value:
            _, value = self._resolver.resolve(value["$ref"])
        return value

    def check(self, method, path, response):
        """`response`: as requests gives it. Raises an AssertionError that says what does not fit."""
        where = f"{method} {path} → {response.status_code} {response.text[:300]!r}"
        status, template = response.status_code, self.template_of(path)
        self._check_headers(status, response.headers, where)
        if template is None:
            assert status in (400, 404, 405, 408, 411, 413, 414, 415, 417, 431, 501, 503, 505), f"{where}: not in api/openapi.yaml, yet not refused"
            return self._check_detail(response, where)
        operation = self.document["paths"][template].get(method.lower())
        if operation is None:
            if method == "OPTIONS" and status == 204:
                return None
            assert status == 405, f"{where}: {template} has no {method} in api/openapi.yaml, so 405"
            return self._check_detail(response, where) if method != "HEAD" else None
        documented = operation["responses"]
        answer = documented.get(str(status)) or documented.get(f"{status // 100}XX") or documented.get("default")
        assert answer, f"{where}: {status} is not documented, only {sorted(documented)}"
        self._check_body(self._resolved(answer).get("content"), response, where)
        if status < 400 and (method, template) not in self.succeeded:
            self.succeeded.add((method, template))
            if self._shared:
                (self._shared / f"{method} {template.replace('/', '|')}").touch()
        return None

    def succeeded_anywhere(self):
        """`succeeded` of all processes that share a folder; of this one alone without such a folder."""
        if not self._shared:
            return self.succeeded
        return {tuple(file.name.replace("|", "/").split(" ", 1)) for file in self._shared.iterdir()}

    def _check_body(self, content, response, where):
        if not content:
            assert not response.content, f"{where}: no body is documented"
            return
        kind = response.headers.get("Content-Type", "").split(";")[0].strip()
        assert kind in content, f"{where}: Content-Type {kind!r} is not documented, only {sorted(content)}"
        if kind.endswith("json"):
            self._check_schema(content[kind].get("schema", {}), strict_json(response.content), where)

    def _check_schema(self, schema, value, where):
        validator = jsonschema.Draft202012Validator(schema, resolver=self._resolver, format_checker=_FORMATS)
        faults = [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:300]}" for fault in validator.iter_errors(value)]
        assert not faults, f"{where}: does not fit its schema:\n  " + "\n  ".join(faults)

    @staticmethod
    def _check_headers(status, headers, where):
        if status == 401:
            assert headers.get("WWW-Authenticate", "").startswith("Bearer"), f"{where}: 401 without WWW-Authenticate: Bearer"
        if status == 405:
            assert headers.get("Allow"), f"{where}: 405 without Allow"
        if status in (429, 503):
            assert headers.get("Retry-After", "").isdigit(), f"{where}: {status} without Retry-After"
        assert status < 500 or status in (501, 503, 505), f"{where}: a fault of the server"

    @staticmethod
    def _check_detail(response, where):
        body = strict_json(response.content)
        assert set(body) == {"detail"} and isinstance(body["detail"], (str, list)), f"{where}: an error is {{\"detail\": …}}"


@functools.cache
def the_contract():
    """For whoever gets answers without a client; it tells nobody what succeeded."""
    return Contract()
