#!/usr/bin/env bash
# Sets the project up: system packages, virtual environment, compiled kernels. Skips whatever is there already.
#
#   steadyhand/setup.sh [run|test|bench|hardware]     what it is to be good for; hardware: firmware on every target
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:-run}
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

# Open3D needs the first line to import; the second is a virtual display and a browser, for the tests of view and
# console, and what builds and runs the firmware of the joint board.
packages=(libgl1 libegl1 libgomp1 libusb-1.0-0 libx11-6 libudev1 libidn2-0)
[[ $purpose == test || $purpose == hardware ]] &&
  packages+=(xvfb xauth xdotool libgl1-mesa-dri libglx-mesa0 gcc libc6-dev gcc-avr avr-libc libsimavr-dev)
browser=
[[ $purpose == test || $purpose == hardware ]] && browser=chromium # not everywhere a package; any that is there will do
[[ $purpose == hardware ]] && packages+=(qemu-system-arm gcc-arm-none-eabi libnewlib-arm-none-eabi)

missing=()
if command -v dpkg-query >/dev/null; then
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
elif [[ $(uname -s) == Linux ]]; then
  say "This is no Debian or Ubuntu: see that these packages, or your system's equals, are there: ${packages[*]}"
fi
if ((${#missing[@]})); then
  root=()
  if [[ $(id -u) != 0 ]]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then root=(sudo -n); else root=(false); fi
  fi
  if [[ ${root[0]:-} == false ]]; then
    say "System packages are missing and this user may not install them: sudo apt-get install ${missing[*]}"
  else
    say "Installing system packages: ${missing[*]}"
    "${root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
fi

if [[ -n $browser ]] && ! command -v chromium chromium-browser google-chrome >/dev/null; then
  root=()
  [[ $(id -u) != 0 ]] && root=(sudo -n)
  say "Installing Chromium"
  "${root[@]}" apt-get update -qq || true
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "$browser" >/dev/null ||
    say "There is no Chromium: tests in a browser will be skipped"
fi

python=
for candidate in ${PYTHON:-} python3.11 python3.10 python3; do
  version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
  if [[ $version == 3.11 || $version == 3.10 ]]; then python=$candidate; break; fi
done
if [[ -z $python ]]; then
  echo "Python 3.10 or 3.11 is needed (PyBullet has wheels for no newer one); name one with PYTHON=/path/to/python" >&2
  exit 1
fi

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
stamp=".venv/.ready-$purpose-$(cat pyproject.toml "requirements-$version.txt" | sha256sum | cut -c1-16)"
if [[ ! -e $stamp ]]; then
  if [[ ! -x .venv/bin/python ]]; then
    say "Making a virtual environment with Python $version in .venv"
    "$python" -m venv .venv || { echo "the venv module is missing: sudo apt-get install python3-venv" >&2; exit 1; }
  fi
  case $purpose in test | hardware) extras='[test]' ;; bench) extras='[test,bench]' ;; *) extras= ;; esac
  say "Installing Python packages, about a minute"
  .venv/bin/python -m pip install --disable-pip-version-check --progress-bar on -q \
    -c "requirements-$version.txt" -e ".$extras"
  touch "$stamp"
fi

# The emulator of WebXR devices that the console's tests wear; npm comes with the Python packages.
emulator=iwer@2.5.0
if [[ $purpose == test || $purpose == hardware ]] && [[ ! -e .venv/node/$emulator ]]; then
  say "Fetching the emulator of WebXR devices"
  if .venv/bin/npm install --prefix .venv/node --silent --no-audit --no-fund --no-save "$emulator" >/dev/null; then
    touch ".venv/node/$emulator"
  else
    say "It cannot be had from npm: tests that wear a headset will be skipped"
  fi
fi

# A kernel's cache notices changes of its own file alone, not of the kernels that it calls: start afresh after any.
warm=".venv/.warm-$(grep -rlE --include='*.py' '@kernel|@fast|njit' robotics control simulation vr_training | sort | xargs cat |
  sha256sum | cut -c1-16)"
if [[ ! -e $warm ]]; then
  say "Compiling the kernels, once"
  find robotics control simulation vr_training \( -name '*.nbi' -o -name '*.nbc' \) -delete
  rm -f .venv/.warm-*
  .venv/bin/steadyhand warm-up
  touch "$warm"
fi
