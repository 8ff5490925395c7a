# One image for every container of docker-compose.yaml; each runs another role of it.
FROM python:3.12-slim-bookworm

RUN useradd --uid 50001 --create-home janus \
 && install -d -o janus /srv/janus /run/janus /opt/janus

WORKDIR /opt/janus
COPY requirements.lock ./
# pip does not accept the lock, because of an extra in one requirement; uv does.
RUN pip install --no-cache-dir --root-user-action=ignore uv \
 && SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    uv pip install --system --no-cache --compile-bytecode --require-hashes -r requirements.lock

COPY --chown=janus . .
RUN SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    uv pip install --system --no-cache --no-deps -e . \
 && chown janus /opt/janus

USER janus
ENV JANUS_HOME=/srv/janus PYTHONUNBUFFERED=1 DO_NOT_TRACK=1
ENTRYPOINT ["python", "-m", "janus_warehouse.airflow.container"]
