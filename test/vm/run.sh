#!/usr/bin/env bash
# Runs privileged tests on a Debian kernel in a virtual machine, for what the kernel of this machine lacks (quotas of projects)
# or does otherwise (another version):
#
#   test/vm/run.sh [--kernel PACKAGE] [--accel tcg|kvm] [VITEST ARGUMENT…]
#
# Without arguments these are the tests of quotas. What holds the kernel to the rules and traces of Linux 6.18 is skipped on an
# older one; the drivers are tested on any. Give slow machines time: --testTimeout 1200000 --hookTimeout 1200000.
#
# PACKAGE is one of Debian's, linux-image-amd64 by default; those for clouds lack the 9p filesystem. tcg, the default, is
# emulation: it works everywhere and is ten to thirty times slower. The machine sees this one's files read-only below a scratch
# layer in memory, the project as a copy, and what is beside it as `shared`; nothing of it outlasts the run. Needs
# qemu-system-x86, busybox-static, kmod and cpio, and apt-get for the kernel, which stays in ~/.cache/graphdriver-vm. Its exit
# status is that of the tests.
set -euo pipefail
project=$(realpath "$(dirname "$0")/../..")
kernel=linux-image-amd64
accel=tcg
refuse() {
  echo "test/vm/run.sh: $1" >&2
  exit 2
}
while [ $# -gt 0 ]; do
  case $1 in
    --kernel) kernel=${2:?test/vm/run.sh: --kernel takes the name of a package}; shift 2 ;;
    --accel) accel=${2:?test/vm/run.sh: --accel takes tcg or kvm}; shift 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || set -- test/privileged/overlay2/quota

# Seconds in which the kernel must have come up.
case $accel in
  tcg) patience=600 ;;
  kvm) patience=60; [ -w /dev/kvm ] || refuse "--accel kvm needs /dev/kvm, and leave to use it; tcg works everywhere" ;;
  *) refuse "--accel is tcg or kvm, not $accel" ;;
esac
for program in qemu-system-x86_64 busybox depmod cpio apt-get dpkg-deb; do
  PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || refuse "$program is not installed"
done
PATH=$PATH:/usr/sbin:/sbin
cache=${XDG_CACHE_HOME:-$HOME/.cache}/graphdriver-vm
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A package without a version in its name depends on the newest one.
case $kernel in
  linux-image-[0-9]*) ;;
  *)
    package=$kernel
    kernel=$(apt-cache depends "$package" 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1) || true
    [ -n "$kernel" ] || refuse "$package is no package of a kernel; \`apt-cache search linux-image\` lists them"
    ;;
esac
unpacked=$cache/$kernel
if [ ! -d "$unpacked" ]; then
  mkdir -p "$cache" "$scratch/deb"
  (cd "$scratch/deb" && apt-get -q=2 download "$kernel" && dpkg-deb -x ./*.deb "$scratch/unpacked") ||
    refuse "$kernel could not be had; \`apt-get update\` may help"
  [ -e "$scratch/unpacked/boot/vmlinuz-${kernel#linux-image-}" ] || refuse "there is no kernel in $kernel"
  depmod -b "$scratch/unpacked" "${kernel#linux-image-}"
  mv "$scratch/unpacked" "$unpacked"
fi
release=${kernel#linux-image-}

# What the machine needs before it sees any disk.
root=$scratch/initramfs
mkdir -p "$root"/{bin,dev,proc,sys,modules,host,scratch,root}
cp "$(command -v busybox)" "$root/bin/"
cp "$project/test/vm/init" "$root/init"
number=100
modprobe -d "$unpacked" -S "$release" --show-depends -a virtio_pci virtio_blk 9p 9pnet_virtio overlay |
  awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
  while read -r module; do
    cp "$module" "$root/modules/$((number += 1))-$(basename "$module")"
  done
printf '%q ' "$@" >"$root/arguments"
cat >"$root/places" <<PLACES
node=$(realpath "$(dirname "$(command -v node)")")
modules=$unpacked/lib/modules
shared=$(realpath -m "$project/../shared")
PLACES
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$scratch/initramfs.gz"
tar -C "$project" --exclude=./.git --exclude=./dist -cf "$scratch/project.tar" .

qemu-system-x86_64 -accel "$accel" -cpu max -smp 2 -m 6G -nodefaults -no-reboot -nographic -serial stdio \
  -kernel "$unpacked/boot/vmlinuz-$release" -initrd "$scratch/initramfs.gz" \
  -append 'console=ttyS0 quiet panic=-1 mitigations=off' \
  -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap \
  -device virtio-9p-pci,fsdev=host,mount_tag=host \
  -drive file="$scratch/project.tar",format=raw,if=virtio,readonly=on \
  -device virtio-rng-pci </dev/null > >(tee "$scratch/console") &
machine=$!
until grep -q 'graphdriver-vm: up' "$scratch/console" 2>/dev/null; do
  kill -0 "$machine" 2>/dev/null || break
  if [ "$((patience -= 1))" -lt 0 ]; then
    kill "$machine"
    refuse "the machine did not come up; with --accel kvm, try tcg, as not every virtual machine can hold another"
  fi
  sleep 1
done
wait "$machine" || true
status=$(sed -n 's/.*graphdriver-vm: status \([0-9]*\).*/\1/p' "$scratch/console")
exit "${status:-1}"
