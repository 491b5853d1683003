#!/bin/bash
# setup.sh DIR: a real docker engine (BuildKit), docker buildx and an OCI registry, from Debian packages alone. Root on Debian 12
# or 13. Debian 13's engine also runs on 12: it is fetched by apt with signatures checked, and only unpacked into DIR.
set -euo pipefail
D=$(mkdir -p "${1:?usage: setup.sh DIR}" && cd "$1" && pwd)
[ -x "$D/bin/dockerd" ] && { echo "kit in $D"; exit 0; }
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends runc docker-registry busybox-static ca-certificates >"$D/apt.log" 2>&1 || { tail "$D/apt.log"; exit 1; }
A=$D/apt13; mkdir -p "$A/lists/partial" "$A/archives/partial" "$A/deb"
MIRROR=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR trixie main" >"$A/sources.list"
cat >"$A/apt.conf" <<EOF
Dir::Etc::sourcelist "$A/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "$A/lists";
Dir::Cache "$A";
Dir::State::status "/var/lib/dpkg/status";
APT::Sandbox::User "root";
Acquire::Languages "none";
EOF
( export APT_CONFIG=$A/apt.conf; apt-get update -qq; cd "$A/deb"; apt-get download -qq docker.io docker-cli docker-buildx containerd )
for f in "$A"/deb/*.deb; do dpkg-deb -x "$f" "$D/root"; done
mkdir -p "$D/bin" "$D/dockercfg/cli-plugins"
ln -sf "$D"/root/usr/bin/* "$D"/root/usr/sbin/* "$D/bin/"
ln -sf "$D/root/usr/libexec/docker/cli-plugins/docker-buildx" "$D/dockercfg/cli-plugins/"
[ -f "$D/dockercfg/config.json" ] || echo '{}' >"$D/dockercfg/config.json"
rm -rf "$A/lists" "$A"/*.bin
echo "kit in $D"
