# docker build -t idouble .   then   docker run --rm -p 127.0.0.1:4747:4747 idouble
FROM rust:1.90-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --release --locked --bin idouble

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /source/target/release/idouble /idouble
# In a container, "this machine" is the container, and a host beyond it needs a control token. This one is
# public: publish the port on loopback only, or set another. Other containers reach it by the service's name, which
# IDOUBLE_ALLOWED_HOST must list, as in compose.yaml.
# hadolint ignore=DL3064
ENV IDOUBLE_HOST=0.0.0.0 IDOUBLE_CONTROL_TOKEN=idouble
USER 65532
EXPOSE 4747
HEALTHCHECK --interval=2s --timeout=2s --start-period=1s CMD ["/idouble", "healthcheck"]
ENTRYPOINT ["/idouble"]
