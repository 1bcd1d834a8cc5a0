"""PostgreSQL and Valkey out of wheels: the servers of a machine that has neither.

How it holds together
---------------------
One data folder has at most one *supervisor*: a small process, in a session of its own, whose children are the two
servers. Every command that needs them is a *user* and meets the others in three files of the folder:

* ``users.lock``: a user holds it shared from before it looks for the servers until it needs them no more.
* ``supervisor.lock``: the supervisor holds it for as long as it lives. It is taken by the user who found it free and
  handed over open, so of two commands that start at one moment one starts the servers and the other finds them.
* ``servers.json``: where the servers listen now; written by the supervisor, believed only while it lives.

Locks are the kernel's (flock), so a process killed in any way lets go of them, and nothing stale is ever believed.

1. A user takes ``users.lock`` before anything else, so a supervisor never sees an empty house while someone enters.
2. The last user out asks the supervisor to stop and waits for it. A user who was killed cannot ask: the supervisor
   tries for ``users.lock`` alone ten times a second, and stops when it gets it.
3. Whoever stops the servers holds ``users.lock`` alone until they are gone, so the next start waits at the door.
4. The servers die with their supervisor (Linux tells them); data survives, because the next start is a crash recovery.
5. A server that dies by itself is started again at once, and with growing pauses when it keeps dying.

The layers: ``client`` (users) · ``supervisor`` · ``servers``, ``postgres``, ``valkey`` (what is run) · ``modes`` (as
whom) · ``processes``, ``locks``, ``state``, ``sockets``, ``logs`` (one small mechanism each).
"""

from infra.embedded.client import Servers, embedded_servers
from infra.embedded.errors import EmbeddedServerError

__all__ = ["EmbeddedServerError", "Servers", "embedded_servers"]
