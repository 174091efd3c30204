"""For servers of tests: a thread for each connection."""
import socket
import threading


def accept_each(listener, serve):
    """In the background, until the listener is closed; what is open then belongs to whoever serves it."""
    def loop():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()


def pass_on(source, target):
    """All that comes, until it ends."""
    try:
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other direction sees it too, and ends
