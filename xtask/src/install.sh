#!/bin/sh
# Installs the named Debian packages without starting their services.
#
# Debian starts a service as soon as it is installed and again at the next boot, so nginx and Caddy would both take
# port 80 of this machine. The tests start what they need themselves. A policy that the machine has already is kept.
set -eu

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
fi

apt-get update --quiet=2
apt-get install --yes --quiet=2 --no-install-recommends "$@"

for package in "$@"; do
  if [ -e "/lib/systemd/system/$package.service" ] && command -v systemctl > /dev/null; then
    systemctl disable --quiet "$package"
  fi
done
