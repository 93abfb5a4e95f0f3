# The image of `npm run image` by a container engine: Debian's libraries, Node and dist/, the same user and the same start.
FROM golang:1.26-bookworm AS go

FROM node:24-bookworm AS build
COPY --from=go /usr/local/go /usr/local/go
ENV PATH=/usr/local/go/bin:$PATH CGO_ENABLED=0
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build
# The allocator of the image, build/image/start.ts says why.
RUN apt-get update && apt-get install --yes --no-install-recommends libjemalloc2 && cp /usr/lib/*/libjemalloc.so.2 /usr/local/lib/

FROM node:24-bookworm-slim
# Nothing is installed at run time, and what is not there cannot be misused.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* \
  && mkdir -p /etc/gitops-drift-exporter /var/lib/gitops-drift-exporter && chown 65532:65532 /var/lib/gitops-drift-exporter
WORKDIR /app
# package.json says that the files are ES modules.
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/dist ./dist
COPY --from=build /usr/local/lib/libjemalloc.so.2 /usr/local/lib/
ENV NODE_ENV=production
ENV LD_PRELOAD=/usr/local/lib/libjemalloc.so.2
ENV MALLOC_CONF=narenas:2,background_thread:true,dirty_decay_ms:2000,muzzy_decay_ms:0
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["node", "--max-semi-space-size=16", "/app/dist/main.js"]
CMD ["serve", "--config", "/etc/gitops-drift-exporter/config.yaml"]
