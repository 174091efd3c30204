"""A TLS proxy before a server, and a certificate authority of its own that vouches for it, as an operator would have."""
import pathlib
import socket
import ssl
import subprocess
import threading
import urllib.parse

from accept_each import accept_each, pass_on


class Authority:
    """A private certificate authority with its files in `folder`."""

    def __init__(self, folder, name="authority"):
        self.folder, self.file, self._key = pathlib.Path(folder), pathlib.Path(folder) / f"{name}.crt", pathlib.Path(folder) / f"{name}.key"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                      "-keyout", self._key, "-out", self.file)

    @staticmethod
    def _openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    def certificate(self, name, subject="DNS:localhost", days=2):
        """The files of a certificate that it vouches for, and of its key."""
        asked, key, made, names = (self.folder / f"{name}.{kind}" for kind in ("csr", "key", "crt", "names"))
        names.write_text(f"subjectAltName={subject}\n")
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", asked)
        self._openssl("x509", "-req", "-in", asked, "-CA", self.file, "-CAkey", self._key, "-CAcreateserial", "-days", str(days), "-extfile", names,
                      "-out", made)
        return made, key


class TlsProxy:
    """Takes TLS on a port of its own and passes what is inside on to `api`. Ended by close()."""

    def __init__(self, api, certificate):
        place = urllib.parse.urlsplit(api)
        self._behind = place.hostname, place.port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.connections, self.left, self._open = self._listener.getsockname()[1], 0, 0, []
        accept_each(self._listener, self._serve)

    def url(self, host="localhost"):
        return f"https://{host}:{self.port}"

    def _serve(self, client):
        try:
            inside = self._context.wrap_socket(client, server_side=True)
            behind = socket.create_connection(self._behind)
        except OSError:  # of which ssl.SSLError is one: the client does not trust us
            client.close()
            return
        self.connections += 1
        self._open += [inside, behind]
        back = threading.Thread(target=pass_on, args=(behind, inside), daemon=True)
        back.start()
        pass_on(inside, behind)
        self.left += 1  # by their clients
        back.join()

    def close(self):
        self._listener.close()
        for one in self._open:
            one.close()
