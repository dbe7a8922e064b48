#!/usr/bin/env bash
# Says of each image that the compose files and the Dockerfile name whether its registry has it, and the digest of its tag now:
# to pin one that is not pinned, and to see that a tag moved. Needs docker with buildx. No engine runs where this was written.
set -euo pipefail
cd "$(dirname "$0")/../.."
failed=0
while read -r image; do
  now=$(docker buildx imagetools inspect --format '{{json .Manifest.Digest}}' "${image%@*}" | tr -d '"') || { failed=1; continue; }
  case $image in
    *@"$now") echo "same    $image" ;;
    *@*)
      docker buildx imagetools inspect "$image" >/dev/null || failed=1
      echo "moved   $image -> $now"
      ;;
    *) echo "pin     $image@$now" ;;
  esac
done < <(grep -hoE '(image: |IMAGE=)[a-z0-9./-]+:[^ ]+' docker-compose.yml infra/docker/compose.embedded.yml infra/docker/Dockerfile |
  sed -E 's/^(image: |[A-Z_]*IMAGE=)//' | grep -v '^assay:' | sort -u)
exit "$failed"
