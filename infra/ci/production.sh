#!/usr/bin/env bash
# A production install runs: the tracked files in an empty folder, `npm ci --omit=dev` without install scripts, the bill of materials
# (`npm run sbom`) held against what was installed, then a node that decides one message. Node 24 comes from the development install, as
# an image brings its own.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
node=
stop() {
  [ -z "$node" ] || kill "$node" 2>/dev/null || true
  [ -z "$node" ] || wait "$node" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

git -C "$root" archive HEAD | tar -x -C "$work"
cd "$work"
npm ci --omit=dev --ignore-scripts --no-audit --no-fund --silent
for package in vitest vega-datasets fast-check hdr-histogram-js; do
  [ ! -e "node_modules/$package" ] || { echo "$package is in a production install" >&2; exit 1; }
done
(cd "$root" && npm run --silent sbom -- --out "$work/sbom.cdx.json" --installed "$work")
export PATH="$root/node_modules/node/bin:$work/node_modules/.bin:$PATH"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 24 ] || { echo "no Node 24" >&2; exit 1; }
assay --version

export ASSAY_HTTP_PORT=0
assay up --json plant >up.json 2>up.log &
node=$!
for _ in $(seq 1 120); do
  url=$(node -p 'JSON.parse(require("fs").readFileSync("up.json", "utf8")).url' 2>/dev/null) && break
  kill -0 "$node" 2>/dev/null || { cat up.log >&2; exit 1; }
  sleep 0.5
done
[ -n "${url:-}" ] || { cat up.log >&2; echo "assay up did not become ready in 60 s" >&2; exit 1; }
export ASSAY_URL=$url ASSAY_DATA=$work/plant/data
did=$(assay keygen --out plant/pump.json)
assay credential --issuer plant/keys/issuer.json --device "$did" --vendor acme --class pump \
  --measurements 'pump/*=0..200' --audiences 'https://plant.example/*' --out plant/pump.vc
assay sign --key plant/pump.json --aud https://plant.example/ --present plant/pump.vc | assay submit - --wait
assay sign --key plant/pump.json --aud https://plant.example/historian/1 --name pump/temperature --value 81.5 --unit Cel |
  assay submit - --wait
kill "$node"
wait "$node"
node=
echo "a production install runs: $(du -sm node_modules | cut -f1) MB of node_modules"
