# One image for every role: `serve --role bots|worker|web`, `migrate`, `import` and the rest of the command.
# PostgreSQL and Redis are services of their own (docker-compose.yml).

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
RUN python -m venv /tools && python -m venv /opt/vodoteplo
COPY requirements/ requirements/
RUN /tools/bin/pip install --require-hashes -r requirements/build.txt \
 && /opt/vodoteplo/bin/pip install --require-hashes -r requirements/app.txt
COPY . .
RUN /tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/vodoteplo/bin/pip install --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim
ENV PATH=/opt/vodoteplo/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    VODOTEPLO_DATA_DIR=/var/lib/vodoteplo
RUN useradd --system --uid 10001 --home-dir /var/lib/vodoteplo --shell /usr/sbin/nologin vodoteplo \
 && install -d -o vodoteplo -g vodoteplo -m 0700 /var/lib/vodoteplo
COPY --from=build /opt/vodoteplo /opt/vodoteplo
WORKDIR /var/lib/vodoteplo
USER vodoteplo
VOLUME /var/lib/vodoteplo
EXPOSE 8080
ENTRYPOINT ["vodoteplo"]
CMD ["serve"]
