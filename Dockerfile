# lrlab in one image: the app, its worker and the data set.
#
#   docker build -t lrlab .                              with CUDA's libraries
#   docker build -t lrlab --build-arg TORCH_INDEX=… .    a small CPU-only torch: the address
#                                                        of PyTorch's index of CPU wheels
#   docker run --rm -p 127.0.0.1:8501:8501 -v lrlab:/data lrlab      (--gpus all for a GPU)
FROM debian:bookworm-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

ENV PATH=/opt/lrlab/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    LRLAB_HOME=/data \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

WORKDIR /app
RUN python3 -m venv /opt/lrlab

# Torch first and apart: the largest layer, and the one that TORCH_INDEX changes.
ARG TORCH_INDEX=
COPY requirements.txt .
RUN pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} $(grep -E '^torch(vision)?==' requirements.txt)
RUN pip install -r requirements.txt

COPY pyproject.toml README.md LICENSE app.py ./
COPY .streamlit .streamlit
COPY pages pages
COPY lrlab lrlab
RUN pip install --no-deps --editable .

RUN useradd --uid 10001 --no-create-home --home-dir /data lrlab \
    && mkdir /data \
    && chown lrlab /data
USER lrlab
VOLUME /data
EXPOSE 8501

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/api/health', timeout=4)"]

# Inside the container every address; the port that `docker run -p` opens decides who gets in.
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.headless=true"]
