"""HTTP beside the screen, mounted in the same server: the run stream, health, static files.

    st.App("lrlab/ui/shell.py", routes=routes(store), lifespan=lifespan)

    GET /api/stream        records of runs as they are stored (stream.py)
    GET /api/health        store and worker (health.py)
    GET /api/metrics       figures for Prometheus (metrics.py)
        /api/v1/…          runs for other programs (rest.py, operations.py, openapi.py)
    GET /lab/…             what the components load (assets.py)

Knows nothing of Streamlit and never loads torch.
"""

from lrlab.api.server import lifespan, routes

__all__ = ["lifespan", "routes"]
