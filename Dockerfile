# One image for every role; the console is built in a stage of its own.
FROM node:20-bookworm-slim AS console
WORKDIR /src/agent_console
COPY agent_console/package.json agent_console/package-lock.json agent_console/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY agent_console/ ./
RUN mkdir -p ../contact_center/web && npm run build

FROM python:3.11-slim-bookworm
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends espeak-ng && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY contact_center/ contact_center/
COPY ivr_flows/ ivr_flows/
COPY --from=console /src/contact_center/web/static contact_center/web/static
RUN pip install --no-cache-dir --no-deps . && useradd --system --home /data agent-floor && mkdir /data && chown agent-floor /data
USER agent-floor
WORKDIR /data
ENTRYPOINT ["contact-center"]
CMD ["run"]
