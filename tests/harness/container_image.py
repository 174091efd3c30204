"""Images made by hand from programs of this host, as OCI layout archives."""
import hashlib
import io
import json
import platform
import re
import subprocess
import tarfile


def layer(files=(), programs=(), links=(), pipes=()):
    """A tar. `files`: name → text; `programs`: paths of this host that come with their libraries; `links`: name → target; `pipes`: names."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as tar:
        for name, text in dict(files).items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text.encode()), 0o755
            tar.addfile(entry, io.BytesIO(text.encode()))
        for name, target in dict(links).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
        for name in pipes:
            entry = tarfile.TarInfo(name)
            entry.type = tarfile.FIFOTYPE
            tar.addfile(entry)
        for path in sorted({path for program in programs for path in (program, *_libraries(program))}):
            tar.add(path, path.lstrip("/"))
    return buffer.getvalue()


def archive(path, layers, name=None, **config):
    """Writes an OCI archive and gives the image's digest. `config` as in the image specification: Entrypoint, Cmd, Env, WorkingDir."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    configuration = json.dumps({"os": "linux", "architecture": machine, "config": config,
                                "rootfs": {"type": "layers", "diff_ids": [_digest(tar) for tar in layers]}}).encode()
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": _digest(configuration), "size": len(configuration)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": _digest(tar), "size": len(tar)} for tar in layers]}).encode()
    entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": _digest(manifest), "size": len(manifest)}
    if name:
        entry["annotations"] = {"org.opencontainers.image.ref.name": name}
    index = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    blobs = {f"blobs/sha256/{_digest(blob)[7:]}": blob for blob in (*layers, configuration, manifest)}
    with tarfile.open(path, "w") as tar:
        for file, content in {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": index, **blobs}.items():
            entry = tarfile.TarInfo(file)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return _digest(manifest)


def _digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _libraries(program):
    told = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return re.findall(r"(/\S+) \(0x", told)
