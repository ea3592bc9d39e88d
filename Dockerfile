# docker build -t collusion .
# docker run --rm --read-only --tmpfs /tmp --user "$(id -u):$(id -g)" -v "$PWD:/data" collusion scan reviews.csv --out case
#
# The root can be read-only; /tmp takes temporary files of large logs (`-e TMPDIR=/data/tmp` moves them to a disk). There is no network at run
# time, no home and no compiler.

FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY collusion collusion
# The slim image has no compiler: the build fetches one with pip, for itself alone.
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
    && python -m venv --without-pip /opt/collusion \
    && pip --python /opt/collusion install --no-cache-dir /wheels/*.whl

FROM python:3.13-slim
COPY --from=build /opt/collusion /opt/collusion
# pip has compiled all modules to bytecode, so nothing is written at the first start.
ENV PATH="/opt/collusion/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 MPLCONFIGDIR=/tmp/matplotlib
RUN ["collusion", "--version"]
USER 10001:10001
WORKDIR /data
ENTRYPOINT ["collusion"]
CMD ["--help"]
