#!/bin/sh
# Runs a program as an ordinary user to whom root has delegated cgroups (version 1), as a service manager would: what isolation `strict` needs without
# root. Nothing to do where nobody may delegate any.
# usage: delegated.sh UID PROGRAM...
set -eu
user=$1
shift
name=orc-delegated-$$
[ "$(id -u)" -eq 0 ] && [ -d /sys/fs/cgroup/memory ] && [ -d /sys/fs/cgroup/pids ] || exit 0

folders=
for hierarchy in memory pids cpu cpuacct; do
  folder=/sys/fs/cgroup/$hierarchy/$name
  [ -d "/sys/fs/cgroup/$hierarchy" ] || continue
  mkdir -p "$folder"
  chown -R "$user:$user" "$folder"
  folders="$folders $folder"
done
status=0
# shellcheck disable=SC2016 # expanded within
sh -c 'user=$1; folders=$2; shift 2
  for folder in $folders; do echo $$ >"$folder/cgroup.procs"; done
  exec setpriv --reuid "$user" --regid "$user" --clear-groups "$@"' sh "$user" "$folders" "$@" || status=$?
# shellcheck disable=SC2086 # several
rmdir $folders 2>/dev/null || true
exit "$status"
