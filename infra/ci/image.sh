#!/usr/bin/env bash
# Builds the image as a release does, and pushes it: `image.sh registry.example/assay:0.1.0`. Layers bear the time of the last
# commit; the image carries BuildKit's provenance (SLSA) and the bill of materials of `npm run sbom`, which cosign attests.
# Needs docker with buildx, and cosign; without one of them it says so, builds nothing and ends with 2. No engine runs where this was
# written: it was never run to its end.
set -euo pipefail
name=${1:?call it with the name and tag of the image}
lacks() {
  echo "image.sh needs $1, and there is none here: nothing was built. What can be checked without it: npm run sbom, TESTS_LONG=true npx vitest run infra/test/image" >&2
  exit 2
}
docker buildx version >/dev/null 2>&1 || lacks "docker with buildx"
docker info >/dev/null 2>&1 || lacks "a Docker engine that answers (docker info)"
command -v cosign >/dev/null || lacks cosign
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
[ -z "$(git status --porcelain)" ] || { echo "files differ from the commit: the image would not be its" >&2; exit 1; }
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm run --silent sbom -- --out "$work/sbom.cdx.json"
docker buildx build --file infra/docker/Dockerfile --platform linux/amd64,linux/arm64 \
  --build-arg SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" \
  --label org.opencontainers.image.revision="$(git rev-parse HEAD)" \
  --provenance=mode=max --metadata-file "$work/metadata.json" \
  --output "type=image,name=$name,push=true,rewrite-timestamp=true" .
digest=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))["containerimage.digest"]' "$work/metadata.json")
cosign attest --yes --type cyclonedx --predicate "$work/sbom.cdx.json" "${name%:*}@$digest"
cosign sign --yes "${name%:*}@$digest"
echo "${name%:*}@$digest"
