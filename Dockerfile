# A home behind a port. The home is a volume; its passphrase is a secret of the platform.
#
#   docker build -t cellchain .
#   docker run -v cellchain-home:/home/cellchain/home cellchain init home --chain-id cars
#   docker run -p 8000:8000 -v cellchain-home:/home/cellchain/home cellchain

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/cellchain \
 && /opt/cellchain/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY src src
RUN /opt/cellchain/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir wheels . \
 && /opt/cellchain/bin/pip install --no-cache-dir --no-deps wheels/*.whl

FROM python:3.11-slim-bookworm
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
