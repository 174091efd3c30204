"""R10 over a real network: PostgreSQL is reached over TCP and a cable that is cut for ten seconds, so that packets vanish and nobody is told."""
import os

import database_faults
from parted_network import ADDRESSES, DATABASE, SERVERS, PartedNetwork
from private_postgres import PrivatePostgres

AWAY_SECONDS = (10.0, 10.0)
PORT = 5432
WHO_MAY = f"local all all trust\nhost all all {ADDRESSES[SERVERS]}/32 trust\n"


class CutOffPostgres(PrivatePostgres):
    """Listens at its end of the cable alone, and is silent while that is cut."""

    def __init__(self, network):
        self._network = network
        super().__init__(settings={"listen_addresses": ADDRESSES[DATABASE], "port": PORT})

    def start(self):
        rules = self.folder / "hba.conf"
        rules.write_text(WHO_MAY)
        rules.chmod(0o644)
        self._settings += ["--set", f"hba_file={rules}"]
        with self._network.inside(DATABASE):
            super().start()
        self.url = f"postgresql://postgres@{ADDRESSES[DATABASE]}:{PORT}/postgres"

    def fall_silent(self):
        self._network.cut()

    def speak_again(self):
        self._network.mend()


def can_cut():
    return os.geteuid() == 0


def attack(set_up, rounds, seed, say=lambda words: None, refused_max=database_faults.REFUSED_SECONDS_MAX):
    """So many cuts. Returns the figures and what is wrong."""
    network = PartedNetwork()
    try:
        with network.inside(SERVERS):  # everything that the attack starts, its clients too
            return database_faults.attack(set_up, rounds, seed, say, ("silent",), AWAY_SECONDS, CutOffPostgres(network), refused_max)
    finally:
        network.close()
