#!/bin/sh
# Installs Lighthouse, which measures pages in the tests, into tests/lighthouse/node_modules. Needs Node and npm.
#
#   sh setup/lighthouse.sh
#
# A moment when it was done before: the folder keeps a copy of the lock that it was installed from.
#
# To make the lock anew: change package.json, then "npm install --package-lock-only --omit-lockfile-registry-resolved",
# and where a package asks for "latest" write what the lock has instead: npm can't hold a name against a lock without
# addresses.

set -u
cd "$(dirname "$0")/../tests/lighthouse" || exit 1

lock=package-lock.json
done=node_modules/installed-from.json

without='To run the other tests meanwhile: make test LIGHTHOUSE=no'

say() { printf '%s\n' "$@" >&2; }

# One at a time, where the system can hold a second one back.
if command -v flock >/dev/null 2>&1; then exec 9<package.json && flock 9; fi

! cmp -s "$lock" "$done" || exit 0
if ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' >/dev/null 2>&1; then
    found=$(node --version 2>/dev/null) || found='no Node'
    say "Lighthouse needs Node 18 or newer, with npm; this machine has $found." "$without"
    exit 1
fi
say 'Installing Lighthouse into tests/lighthouse/node_modules; the first time takes half a minute.'
# The lock has no addresses, so that it names no registry: npm asks its own, and holds what comes against the hashes.
if npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 </dev/null && cp "$lock" "$done"; then
    exit 0
fi
say '' 'Lighthouse could not be installed (above is why). It comes from the npm registry: check the connection and try again.' \
    "$without"
exit 1
