"""Plugins made on the fly: a folder as the tar that PUT /api/v1/plugins/{name}/package takes."""
import gzip
import io
import json
import tarfile


def manifest(name, version="1.0.0", command=("/bin/sh", "run.sh"), **fields):
    return {"name": name, "version": version, "command": list(command)} | fields


def tar_of(files):
    """`files`: name → text or bytes, or a TarInfo for what is no plain file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
                continue
            content = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def package(name, program, **fields):
    """A plugin whose program is a shell script."""
    return tar_of({"plugin.json": json.dumps(manifest(name, **fields)), "run.sh": program})


def upload(client, name, program, expect=201, compress=True, **fields):
    tar = package(name, program, **fields)
    body = gzip.compress(tar) if compress else tar
    return client.request("PUT", f"/api/v1/plugins/{name}/package", expect, data=body,
                          headers={"Content-Type": "application/gzip" if compress else "application/x-tar"}).json()


# Programs. Input comes as the last argument and on standard input.
ECHO = "cat\n"
ECHO_ARGUMENT = "printf '%s' \"$1\"\n"
FOR_EVER = "exec sleep 1000\n"
EXIT = "echo 'it went wrong' >&2\nexit %d\n"
SECOND_TIME = '[ "$ORC_ATTEMPT" -ge 2 ] || { echo "not yet" >&2; exit 1; }\nprintf \'{"attempt": %s}\' "$ORC_ATTEMPT"\n'
TALKATIVE = 'echo "one" >&2\necho "two" >&2\nprintf \'{}\'\n'
# Of mode warm: each answer is the name of its process, which no other has.
STAYS_UP = r"""#!/bin/sh
read -r name </proc/sys/kernel/random/uuid
echo '{"ready": true}'
while read -r line; do
  id=${line#*'"id":'}
  printf '{"id": %s, "output": {"process": "%s"}}\n' "${id%%[,\}]*}" "$name"
done
"""
