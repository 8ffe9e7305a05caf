# The stand-alone router. Build: docker build -t hookyard .
# It wants DATABASE_URL, HOOKYARD_API_KEY and HOOKYARD_ENCRYPTION_KEY; docker-compose.yml shows a whole set-up.
# The embedded PostgreSQL is left out: a container's database lives elsewhere.

# ---- build: everything, to compile with
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No install script is needed here: Node 24 is the image's own.
RUN npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY migrations ./migrations
COPY src ./src
RUN npm run build

# ---- prod: only what runs
FROM node:24-slim AS prod
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force

# ---- runtime
FROM node:24-slim
# tini is process 1: it reaps what is orphaned and passes signals on, so that `docker stop` drains and ends within 10 s.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/*
# Two arenas: glibc would keep one for each thread, and free memory in all of them.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=prod /app/node_modules ./node_modules
COPY --from=build /app/dist/src ./dist/src
COPY --from=build /app/dist/migrations ./dist/migrations
COPY bin ./bin
COPY package.json LICENSE ./
# `hookyard` is on the PATH: docker compose exec router hookyard config check
RUN ln -s /app/bin/hookyard.mjs /usr/local/bin/hookyard
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HOOKYARD_MANAGEMENT_PORT || process.env.PORT || 3000}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "--max-semi-space-size=16", "dist/src/main.js"]
