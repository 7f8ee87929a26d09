package goobj

// Linker is a shell script to be given to `go tool link` as -extld instead of gcc, for plugins whose archives are thin
// and without ELF members: it calls the ELF linker directly, without start files and libraries, which the process has,
// and answers the Go linker's questions about gcc's flags (each a trial compilation of trivial.c) at once. Use it with
// -compressdwarf=false, and GOGC=off in the environment: a link allocates too little for collecting to pay.
// WARREN_LD names another linker than ld.
const Linker = `#!/bin/sh
case "$*" in *trivial.c*) exit 0 ;; esac
for a; do
	[ "$flag" = -o ] && out=$a
	case $a in */go.o) object=$a ;; esac
	flag=$a
done
exec "${WARREN_LD:-ld}" -shared -s -z relro -z now -z nocopyreloc --hash-style=gnu --build-id=none -o "$out" "$object"
`
