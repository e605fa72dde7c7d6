#!/bin/sh
# Makes .venv with a Python that is new enough, and installs a lock into it.
#
#   sh setup/python.sh requirements.txt         what building the site needs
#   sh setup/python.sh requirements-dev.txt     that, and what testing and checking need
#
# A tenth of a second when it was done before: .venv keeps a copy of each lock that it was installed from, and notes
# which Python made it and where. It is made anew when it is half-made, was moved or its Python has changed.
# PYTHON, when set, names the Python to prefer.

set -u
cd "$(dirname "$0")/.." || exit 1

lock=$1
venv=.venv
python=$venv/bin/python
[ "${OS:-}" != Windows_NT ] || python=$venv/Scripts/python.exe

say() { printf '%s\n' "$@" >&2; }

# Sets $base to the first Python that runs and is new enough. That a name is on the PATH proves nothing: version
# managers leave names there that only say that the version is not chosen.
find_python() {
    for base in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 python; do
        "$base" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 </dev/null && return
    done
    return 1
}

# Prints which Python made .venv, and where .venv is; fails when it can't run.
made_by() { "$python" -c 'import sys; print(*sys.version_info[:2], sys.prefix)' 2>/dev/null </dev/null; }

is_whole() { [ -f "$venv/made-by" ] && now=$(made_by) && [ "$now" = "$(cat "$venv/made-by")" ]; }

make_venv() {
    if ! find_python && ! command -v python3 >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
        sh setup/system-packages.sh python python3 python3-venv || return 1
    fi
    find_python || {
        found=$(python3 --version 2>/dev/null) || found='no Python'
        say "Python 3.11 or newer is needed; this machine has $found. Install it with one of these:" '' \
            '    Debian 12, Ubuntu 24.04 or later   sudo apt-get install python3 python3-venv' \
            '    Ubuntu 22.04                       sudo apt-get install python3.11 python3.11-venv' \
            '    macOS                              brew install python' \
            '    Windows                            winget install Python.Python.3.13' '' \
            'One that is somewhere else can be named: make site PYTHON=/path/to/python3.13' ''
        return 1
    }
    if ! "$base" -m ensurepip --version >/dev/null 2>&1; then # Debian packs it apart
        version=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        sh setup/system-packages.sh python "python$version-venv" || return 1
    fi
    [ ! -e "$venv" ] || say "Making $venv again: it was not whole, was moved or its Python has changed."
    if ! "$base" -m venv --clear "$venv" || ! made_by >"$venv/made-by"; then
        say "No virtual environment could be made in $venv (above is why)."
        return 1
    fi
}

install() {
    say "Installing the Python packages of $lock into $venv; the first time takes a minute or two."
    "$python" -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r "$lock" || {
        say '' 'The Python packages could not be installed (above is why). Check the connection and try again.'
        return 1
    }
    cp "$lock" "$venv/$lock"
    [ "$lock" = requirements.txt ] || cp requirements.txt "$venv/requirements.txt" # it is part of the other
}

# One at a time, where the system can hold a second one back.
if command -v flock >/dev/null 2>&1; then exec 9<setup/python.sh && flock 9; fi

is_whole || make_venv || exit 1
cmp -s "$lock" "$venv/$lock" || install
