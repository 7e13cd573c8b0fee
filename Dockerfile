# A home behind a port. The home is a volume; its passphrase is a secret of the platform.
#
#   docker build -t cellchain .
#   docker run -v cellchain-home:/home/cellchain/home cellchain init home --chain-id cars
#   docker run -p 8000:8000 -v cellchain-home:/home/cellchain/home cellchain
#
# The stage `node` has CometBFT besides: see compose.yaml.

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/cellchain \
 && /opt/cellchain/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY src src
RUN /opt/cellchain/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir wheels . \
 && /opt/cellchain/bin/pip install --no-cache-dir --no-deps wheels/*.whl

FROM python:3.11-slim-bookworm AS serve
RUN useradd --create-home --uid 10001 --shell /usr/sbin/nologin cellchain
COPY --from=build /opt/cellchain /opt/cellchain
ENV PATH=/opt/cellchain/bin:$PATH PYTHONUNBUFFERED=1
USER cellchain
WORKDIR /home/cellchain
RUN mkdir home
VOLUME ["/home/cellchain/home"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["cellchain"]
CMD ["serve", "home", "--host", "0.0.0.0"]

FROM golang:1.25-bookworm AS cometbft
RUN CGO_ENABLED=0 GOBIN=/out go install github.com/cometbft/cometbft/cmd/cometbft@v0.39.4

FROM serve AS node
COPY --from=cometbft /out/cometbft /usr/local/bin/cometbft
RUN mkdir -p net/member-1 net/member-2 net/member-3 net/member-4
EXPOSE 26656
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s --retries=3 \
  CMD ["sh", "-c", "cellchain node status home --json | grep -q '\"running\": *true'"]
CMD ["node", "start", "home"]

FROM serve
