"""For servers of tests: a thread for each connection."""
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
