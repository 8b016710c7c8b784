# The command simclr in a container:
#   docker build -t simclr .                                   for CPUs
#   docker build -t simclr:cuda --build-arg TORCH=cuda .       for NVIDIA GPUs: several GB, not built yet
#   docker run --rm -v "$PWD:/work" simclr pretrain --data my-photos --output runs/mine
#   docker run --rm --gpus all -v "$PWD:/work" simclr:cuda pretrain --data my-photos --output runs/mine --device cuda
#   docker run --rm -v "$PWD:/work" --entrypoint mpirun simclr -np 2 simclr selftest --ranks
# Files that it writes belong to root. Add  --user "$(id -u):$(id -g)" -e HOME=/tmp  to own them yourself.

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS sdk

FROM debian:bookworm-slim AS build
ARG TORCH=cpu
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libssl3 libstdc++6 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=sdk /usr/share/dotnet /usr/share/dotnet
ENV PATH=/usr/share/dotnet:$PATH DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
WORKDIR /source
COPY . .
RUN dotnet publish src/SimClr.Cli -c Release -p:Torch=$TORCH -o /opt/simclr

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libssl3 libstdc++6 libturbojpeg0 openmpi-bin openssh-client \
 && rm -rf /var/lib/apt/lists/*
COPY --from=sdk /usr/share/dotnet/dotnet /usr/share/dotnet/dotnet
COPY --from=sdk /usr/share/dotnet/host /usr/share/dotnet/host
COPY --from=sdk /usr/share/dotnet/shared /usr/share/dotnet/shared
COPY --from=build /opt/simclr /opt/simclr
ENV PATH=/opt/simclr:$PATH DOTNET_ROOT=/usr/share/dotnet OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
RUN ln -s SimClr.Cli /opt/simclr/simclr && simclr selftest --help >/dev/null
WORKDIR /work
ENTRYPOINT ["simclr"]
CMD ["--help"]
