"""HTTP beside the screen, mounted in the same server: the run stream, health, static files.

    st.App("lrlab/ui/shell.py", routes=routes(store), lifespan=lifespan)

    GET /api/stream        records of runs as they are stored (stream.py)
    GET /api/health        store and worker (health.py)
    GET /api/metrics       figures for Prometheus (metrics.py)
        /api/v1/…          runs for other programs (rest.py, operations.py, openapi.py)
    GET /lab/…             what the components load (assets.py)

Of Streamlit it knows the page that a browser gets first (document.py); it never loads torch.
"""

from lrlab.api.document import documents
from lrlab.api.server import lifespan, routes

__all__ = ["documents", "lifespan", "routes"]
