"""Workers on many machines: Ray places and restarts them, PostgreSQL stays the truth.

On each machine Ray runs one small actor for each device, and that starts and watches the
ordinary worker. Nothing of Ray is loaded in the process that calls this: what needs it runs
in a process of its own, which can be given up when it does not answer (see `inside`).
"""

from __future__ import annotations

NAMESPACE = "lrlab"
PLACER = "placer"


class ClusterError(RuntimeError):
    """A cluster that cannot do what it is asked to; its text is one sentence saying why."""
