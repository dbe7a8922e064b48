#!/usr/bin/env bash
# Ten rounds of faults. What is found is tried once more, and named as UNSTABLE where it is gone then: a single broker that is stopped
# can end a transaction without its marker (docs/guides/operations.md, "A wedged transaction"), which no client can mend.
set -uo pipefail
npm run faults -- --rounds 10 && exit 0
printf '\n=== UNSTABLE, or broken: a second try for\n  npm run faults -- --rounds 10\n'
npm run faults -- --rounds 10
