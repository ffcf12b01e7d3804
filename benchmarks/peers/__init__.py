"""The peers, one file each, all of one shape (see `peer.py`)."""

from benchmarks.peers.circus import Circus
from benchmarks.peers.floor import Floor
from benchmarks.peers.muster import Muster
from benchmarks.peers.peer import Peer
from benchmarks.peers.pm2 import Pm2
from benchmarks.peers.runit import Runit
from benchmarks.peers.supervisor import Supervisor

PEERS: tuple[type[Peer], ...] = (Floor, Muster, Runit, Supervisor, Circus, Pm2)
