# A machine with everything for the course: Go, a C compiler and a fast linker, OpenBLAS, OpenCL on the CPU, MPI, JupyterLab.
#
#   docker build -t warren .
#   docker run --rm -p 8888:8888 warren        then open the address that it prints
#
# To keep your work: docker run --rm -p 8888:8888 -v "$PWD/work:/home/student/warren/notebooks/work" warren
FROM golang:1.26-bookworm

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      gcc libc6-dev make mold python3 python3-venv \
      libopenblas0-pthread ocl-icd-opencl-dev pocl-opencl-icd clinfo oclgrind libopenmpi-dev openmpi-bin pkg-config \
 && rm -rf /var/lib/apt/lists/*

# JupyterLab and the cells run as an ordinary user; only the container's network is shared.
RUN useradd --create-home --shell /bin/bash student
USER student
ENV HOME=/home/student GOPATH=/home/student/go
WORKDIR /home/student/warren
COPY --chown=student:student . .
RUN make install

EXPOSE 8888
# 0.0.0.0 is the container's own address, reached through -p; JupyterLab still asks for the token that it prints.
CMD [".venv/bin/jupyter-lab", "--ip=0.0.0.0", "--port=8888", "--no-browser", "--notebook-dir=notebooks"]
