#!/usr/bin/env bash
# Installs what the tests need beside npm's packages, where it is missing: a Java 17 and Maven for the brokers and the recipes
# in Java, a Redis, a mosquitto, kcat (reads the streams as a stranger would), rsyslog and syslog-ng (receive what sinks send),
# liblognorm's program (reads CEF as rsyslog does), openssl (certificates of the secure broker), SoftHSM (a PKCS#11 token),
# docker-compose (its own check of the compose files; no engine is needed), Helm, which renders the chart, Kustomize, which builds the
# plain manifests, swtpm with tpm2-tools (a
# software TPM and what speaks to it), ACME CSE (a CSE of oneM2M), python-cwt (COSE and CWT as others read them), the reference client
# of OpenTimestamps, Prometheus's promtool, which plays the alert rules through, and an OpenTelemetry collector. Debian and its children.
set -eu

declare -A package_of=(
  [java]=openjdk-17-jre-headless
  [javac]=openjdk-17-jdk-headless
  [mvn]=maven
  [redis-server]=redis-server
  [mosquitto]=mosquitto
  [kcat]=kcat
  [rsyslogd]="rsyslog rsyslog-openssl"
  [lognormalizer]=liblognorm-utils
  [openssl]=openssl
  [softhsm2-util]=softhsm2
  [promtool]=prometheus
  [docker-compose]=docker-compose
  [swtpm]="swtpm swtpm-tools libtss2-tcti-swtpm0"
  [tpm2_quote]=tpm2-tools
)

# fastavro reads the exported schemas as a stranger would. It is no package of Debian's.
if ! python3 -c "import fastavro" >/dev/null 2>&1; then
  echo "installing fastavro"
  python3 -m pip install --quiet --disable-pip-version-check "fastavro==1.13.1" \
    || python3 -m pip install --quiet --disable-pip-version-check --break-system-packages "fastavro==1.13.1"
fi

# Packages of Python's with many others get a folder of their own, made anew when what is asked for changes. Python 3.11 or above.
own_folder() { # NAME FOLDER REQUIREMENTS
  cmp -s "$3" "$2/requirements.txt" && return
  echo "installing $1 into $2"
  rm -rf "$2"
  mkdir -p "$(dirname "$2")"
  python3 -m venv "$2" || {
    echo "python3 makes no virtual environment: it must be 3.11 or above, with ensurepip (Debian: python3-venv)" >&2
    exit 1
  }
  "$2/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$3"
  cp "$3" "$2/requirements.txt"
}
here=$(cd "$(dirname "$0")" && pwd)
caches=${XDG_CACHE_HOME:-$HOME/.cache}/assay
own_folder "ACME CSE" "${ASSAY_ACME_CACHE:-$caches/onem2m}" "$here/../onem2m/requirements.txt"
own_folder "python-cwt" "$caches/cwt" "$here/cwt.txt"
own_folder "the client of OpenTimestamps" "$caches/ots" "$here/ots.txt"

# The scripts in Python of the guides sign and verify with it.
if ! python3 -c "import cryptography" >/dev/null 2>&1; then
  echo "installing cryptography"
  python3 -m pip install --quiet --disable-pip-version-check "cryptography==48.0.0" \
    || python3 -m pip install --quiet --disable-pip-version-check --break-system-packages "cryptography==48.0.0"
fi

# Helm is no package of Debian's either: it is built from its module. Its tests need no cluster.
PATH=$PATH:/usr/local/go/bin
if ! command -v helm >/dev/null 2>&1; then
  echo "building helm"
  command -v go >/dev/null 2>&1 || { echo "helm is missing, and there is no go to build it with" >&2; exit 1; }
  bin=/usr/local/bin
  [ -w "$bin" ] || bin=$(go env GOPATH)/bin
  GOBIN=$bin go install helm.sh/helm/v3/cmd/helm@v3.19.2
fi

# Nor is Kustomize, which makes of the plain manifests what is applied.
if ! command -v kustomize >/dev/null 2>&1; then
  echo "building kustomize"
  command -v go >/dev/null 2>&1 || { echo "kustomize is missing, and there is no go to build it with" >&2; exit 1; }
  bin=/usr/local/bin
  [ -w "$bin" ] || bin=$(go env GOPATH)/bin
  GOBIN=$bin go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
fi

# An OpenTelemetry collector is on no registry as a program: its own builder makes one of Go modules. It takes minutes, once.
if ! command -v otelcol-assay >/dev/null 2>&1; then
  echo "building an OpenTelemetry collector"
  folder=$(mktemp -d)
  bin=/usr/local/bin
  [ -w "$bin" ] || bin=$(go env GOPATH)/bin
  GOBIN=$folder go install go.opentelemetry.io/collector/cmd/builder@v0.161.0
  cp "$here/otelcol.yaml" "$folder/"
  (cd "$folder" && CGO_ENABLED=0 ./builder --config otelcol.yaml --skip-strict-versioning)
  install "$folder/made/otelcol-assay" "$bin/"
  rm -rf "$folder"
fi

# Servers lie where a user's PATH does not look.
PATH="$PATH:/usr/sbin:/sbin"

missing=()
for command in "${!package_of[@]}"; do
  # shellcheck disable=SC2206 # two packages are two words
  command -v "$command" >/dev/null 2>&1 || missing+=(${package_of[$command]})
done

# Debian has one system log at a time, so syslog-ng is unpacked beside; what it needs is installed.
SYSLOG_NG=/opt/syslog-ng
is_unpacked() {
  [ -x "$SYSLOG_NG/usr/sbin/syslog-ng" ]
}
if [ "${#missing[@]}" -eq 0 ] && is_unpacked; then
  echo "nothing is missing"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || {
    echo "these packages are missing and only root can install them: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
is_unpacked && syslog_ng=() || syslog_ng=(syslog-ng-core)
echo "installing ${missing[*]} ${syslog_ng[*]}"
# A server that a package starts by itself would answer in place of those that the tests start.
printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee /usr/sbin/policy-rc.d >/dev/null
"${as_root[@]}" chmod +x /usr/sbin/policy-rc.d
trap '"${as_root[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
"${as_root[@]}" apt-get update -qq
if [ "${#syslog_ng[@]}" -gt 0 ]; then
  mapfile -t needed < <(apt-cache depends syslog-ng-core | sed -n 's/^ *Depends: \(lib[^ <]*\)$/\1/p')
  missing+=("${needed[@]}")
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
if [ "${#syslog_ng[@]}" -gt 0 ]; then
  folder=$(mktemp -d)
  (cd "$folder" && apt-get download -qq syslog-ng-core)
  "${as_root[@]}" mkdir -p "$SYSLOG_NG"
  "${as_root[@]}" dpkg -x "$folder"/syslog-ng-core_*.deb "$SYSLOG_NG"
  rm -rf "$folder"
fi
