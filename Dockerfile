# One static binary on an empty base: no shell, no package manager, no C library.
#
#   docker build --build-arg VERSION=$(git describe --tags --always) -t sekisho .
#   docker run -p 9000:9000 -v sekisho:/data -v ./sekisho.yaml:/etc/sekisho/sekisho.yaml:ro sekisho
#
# There is no HEALTHCHECK: the image has nothing that could ask, and an orchestrator asks
# better. Point its probes at the operations listener (see the README), never at the
# listener that customers reach.
# Time zones are compiled in (time/tzdata); certificate authorities are the build image's.

FROM golang:1.26.8-bookworm AS build
ARG VERSION=unknown
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/sekisho ./cmd/sekisho \
 && mkdir -m 0700 /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/sekisho /usr/local/bin/sekisho
# A single-node installation keeps its SQLite database here. Nodes on PostgreSQL write nothing.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 9000
ENTRYPOINT ["/usr/local/bin/sekisho"]
CMD ["serve", "--config", "/etc/sekisho/sekisho.yaml"]
