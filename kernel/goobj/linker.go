package goobj

// Linker is a shell script to be given to `go tool link` as -extld instead of gcc, for plugins whose archives are thin:
// it calls the ELF linker directly, without start files and libc, which the process has, and answers the Go linker's
// questions about gcc's flags (each a trial compilation of trivial.c) at once. Use it with -compressdwarf=false, and
// with GOGC=off in the environment: a link allocates too little for collecting to pay. For cells with C code of their
// own, use gcc. WARREN_LD names another linker than ld.
const Linker = `#!/bin/sh
case "$*" in *trivial.c*) exit 0 ;; esac
for a; do
	shift
	if [ "$flag" = -o ]; then
		set -- "$@" -o "$a"
	else
		case $a in *.o | -l* | -L*) set -- "$@" "$a" ;; esac
	fi
	flag=$a
done
exec "${WARREN_LD:-ld}" -shared -s -z relro -z now -z nocopyreloc --hash-style=gnu --build-id=none "$@"
`
