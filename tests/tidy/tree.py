"""The repository as the tidy rules see it: text files that are, or are about to be, in git."""
import dataclasses
import functools
import pathlib
import re
import subprocess


@dataclasses.dataclass(frozen=True)
class Fault:
    path: str
    line: int
    words: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.words}"


class Tree:
    """All files below `root` by their path relative to it. Reads each file once; binary files and links are left out."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.paths = sorted(self._listed())

    def _listed(self):
        if (self.root / ".git").exists():
            command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
            names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
        else:
            names = [str(file.relative_to(self.root)) for file in self.root.rglob("*")]
        return {name for name in names if name and (self.root / name).is_file() and not (self.root / name).is_symlink()}

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return ""

    def lines(self, path):
        return self.text(path).splitlines()

    def select(self, *suffixes, under=""):
        return [path for path in self.paths if path.endswith(suffixes) and path.startswith(under)]

    def exists(self, path):
        return (self.root / path).exists()


CODE = (".h", ".cc", ".py", ".sh", ".sql", ".ts", ".tsx")
_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\s\\]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL)


def without_comments_and_strings(text):
    """C++ text with the same line breaks, where comments are blank and each literal is an empty one."""

    def blank(match):
        token = match.group(0)
        breaks = "\n" * token.count("\n")
        return breaks if token.startswith("/") else '""' + breaks

    return _TOKEN.sub(blank, text)
