#!/usr/bin/env bash
# Runs the go command with what package opencl needs on this machine:
#
#   install/go.sh test ./opencl
#   install/go.sh --has-opencl     tells by its status whether OpenCL was found
#
# Where OpenCL's header and library are found, that is the build tag opencl; elsewhere the package is a stand-in whose errors
# say what to install. The kernel decides the same for the worker that it builds (kernel/build/opencl.go).
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

tag=()
# use INCLUDE: OpenCL's header is in that folder. New ones lack constants that the binding wants.
use() {
  tag=(-tags=opencl)
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
      export CGO_CFLAGS="${CGO_CFLAGS:--O2 -g} \"-I$include\"" CGO_LDFLAGS="${CGO_LDFLAGS:--O2 -g} \"-L$lib\" \"-Wl,-rpath,$lib\""
      break
    fi
  done
fi

if [[ $1 == --has-opencl ]]; then
  [[ ${#tag[@]} -gt 0 ]]
  exit
fi
command=$1
shift
exec go "$command" "${tag[@]}" "$@"
