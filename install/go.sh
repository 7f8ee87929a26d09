#!/usr/bin/env bash
# Runs the go command with what packages opencl and parlib/mpi need on this machine:
#
#   install/go.sh test ./opencl
#   install/go.sh --has-opencl     tells by its status whether OpenCL was found
#   install/go.sh --has-mpi        the same of MPI
#
# Where OpenCL's header and library are found, that is the build tag opencl; where pkg-config knows an MPI library, the tag mpi, and
# where there is one beside a compiler mpicc, the tags mpi and mpicc.
# Elsewhere the packages are stand-ins whose errors say what to install. The kernel decides the same for what it builds
# (kernel/build/opencl.go, kernel/build/mpi.go).
set -euo pipefail

# The folders that the C compiler and its linker look in, and those they have to be told.
readonly headers=(${CPATH:+${CPATH//:/ }} /usr/local/include /usr/include)
readonly libraries=(${LIBRARY_PATH:+${LIBRARY_PATH//:/ }} /usr/local/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/lib)
environment=$(dirname "$(dirname "$(command -v python3 || echo /none/none)")")
readonly elsewhere=(/usr/local/cuda/include:/usr/local/cuda/lib64 "$environment/opencl/include:$environment/opencl/lib")

# folder_with NAME FOLDERS...: prints the first folder that has a file.
folder_with() {
  local name=$1 dir
  shift
  for dir; do
    [[ -e $dir/$name ]] && printf '%s\n' "$dir" && return
  done
  return 1
}

# told INCLUDE LIB: tells the C compiler and its linker of folders.
told() {
  export CGO_CFLAGS="${CGO_CFLAGS:--O2 -g} \"-I$1\"" CGO_LDFLAGS="${CGO_LDFLAGS:--O2 -g} \"-L$2\" \"-Wl,-rpath,$2\""
}

tags=()
# use INCLUDE: OpenCL's header is in that folder. New ones lack constants that the binding wants.
use() {
  tags+=(opencl)
  grep -q CL_DEPTH_STENCIL "$1/CL/cl.h" ||
    export CGO_CFLAGS="${CGO_CFLAGS:--O2 -g} -DCL_DEPTH_STENCIL=0x10BE -DCL_UNORM_INT24=0x10DF"
}

if include=$(folder_with CL/opencl.h "${headers[@]}") && folder_with libOpenCL.so "${libraries[@]}" >/dev/null; then
  use "$include"
else
  for pair in "${elsewhere[@]}"; do
    include=${pair%:*} lib=${pair#*:}
    if [[ -e $include/CL/opencl.h && -e $lib/libOpenCL.so ]]; then
      use "$include"
      told "$include" "$lib"
      break
    fi
  done
fi

if pkg-config --exists mpi 2>/dev/null; then
  tags+=(mpi)
else
  IFS=: read -ra path <<<"$PATH"
  for dir in "${path[@]}"; do
    if [[ -e $dir/mpicc && -e $dir/../include/mpi.h && -e $dir/../lib/libmpi.so ]]; then
      tags+=(mpi mpicc)
      told "$(realpath "$dir/../include")" "$(realpath "$dir/../lib")"
      break
    fi
  done
fi

if [[ $1 == --has-* ]]; then
  [[ " ${tags[*]} " == *" ${1#--has-} "* ]]
  exit
fi
command=$1
shift
joined=$(IFS=,; printf '%s' "${tags[*]}")
exec go "$command" ${joined:+"-tags=$joined"} "$@"
