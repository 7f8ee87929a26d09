//go:build cgo && linux

package openblas

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "shim.h"

// swap_variable sets an environment variable and returns a copy of what it was, NULL for nothing; value NULL unsets it.
static char *swap_variable(const char *name, const char *value) {
	const char *now = getenv(name);
	char *before = now ? strdup(now) : NULL;
	if (value) setenv(name, value, 1);
	else unsetenv(name);
	return before;
}

// open_alone opens a library that makes its threads when it is loaded: told to use one thread, it makes none. Signals are
// held back meanwhile, since a thread made in spite of that must not be the one that receives Go's. With a core that is not
// empty the library takes its kernels for that processor.
static void *open_alone(const char *path, const char *core) {
	static const char *threads = "OPENBLAS_NUM_THREADS", *type = "OPENBLAS_CORETYPE";
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	char *kept_threads = swap_variable(threads, "1");
	char *kept_type = *core ? swap_variable(type, core) : NULL;
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	free(swap_variable(threads, kept_threads));
	free(kept_threads);
	if (*core) {
		free(swap_variable(type, kept_type));
		free(kept_type);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return library;
}

static void call_with_int(void *f, int n) { ((void (*)(int))f)(n); }

static const char *call_for_text(void *f) { return f ? ((const char *(*)(void))f)() : ""; }
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	"gonum.org/v1/gonum/blas"
)

// names are the ways in which builds of OpenBLAS decorate their symbols. Whether a build takes 64-bit integers is not to be
// known by them: Debian's libopenblas64 does and decorates nothing. It says so in its configuration.
var names = []struct{ prefix, suffix string }{
	{"", ""},
	{"", "64_"},
	{"scipy_", ""},    // the wheel scipy-openblas32
	{"scipy_", "64_"}, // the wheels of NumPy and SciPy
}

// Open opens the library at path, or of that name where the dynamic linker looks. A library once opened stays.
//
// A library older than the processor may not know it, and then takes kernels of twenty years ago, many times slower. Such a
// library is opened again and told what the processor can do.
func Open(path string) (*Library, error) {
	// dlerror belongs to the thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	l, handle, err := open(path, "")
	if err != nil || !l.hasOldKernels() || os.Getenv("OPENBLAS_CORETYPE") != "" {
		return l, err
	}
	C.dlclose(handle)
	l, _, err = open(path, bestCore())
	return l, err
}

func open(path, core string) (*Library, unsafe.Pointer, error) {
	text, kernels := C.CString(path), C.CString(core)
	defer C.free(unsafe.Pointer(text))
	defer C.free(unsafe.Pointer(kernels))
	handle := C.open_alone(text, kernels)
	if handle == nil {
		return nil, nil, errors.New(C.GoString(C.dlerror()))
	}
	l, err := find(path, handle)
	if err != nil {
		C.dlclose(handle)
	}
	return l, handle, err
}

// find looks up the routines of an open library.
func find(path string, handle unsafe.Pointer) (*Library, error) {
	for _, n := range names {
		symbol := func(name string) unsafe.Pointer {
			s := C.CString(n.prefix + name + n.suffix)
			defer C.free(unsafe.Pointer(s))
			return C.dlsym(handle, s)
		}
		if symbol("cblas_dgemm") != nil {
			return load(path, symbol)
		}
	}
	return nil, fmt.Errorf("%s has no cblas_dgemm under any name that OpenBLAS gives it", path)
}

// load makes a Library of what symbol finds.
func load(path string, symbol func(string) unsafe.Pointer) (*Library, error) {
	threads, config := symbol("openblas_set_num_threads"), symbol("openblas_get_config")
	if threads == nil || config == nil {
		return nil, fmt.Errorf("%s is a BLAS, but not OpenBLAS: it lacks openblas_set_num_threads or openblas_get_config", path)
	}
	C.call_with_int(threads, 1)
	l := &Library{
		Path:   path,
		Config: C.GoString(C.call_for_text(config)),
		Core:   C.GoString(C.call_for_text(symbol("openblas_get_corename"))),
	}
	var wide C.int
	if strings.Contains(l.Config, "USE64BITINT") {
		wide = 1
	}
	p := l.newPlaces()
	l.Float64 = &Routines[float64]{places: p, kind: C.kind{wide: wide}}
	l.Float32 = &Routines[float32]{places: p, kind: C.kind{wide: wide, single: 1}}
	l.Lapack = findLapack(symbol, wide, p)
	for _, missing := range []error{l.Float64.find(symbol, "cblas_d"), l.Float32.find(symbol, "cblas_s")} {
		if missing != nil {
			return nil, fmt.Errorf("%s: %w", path, missing)
		}
	}
	if !multiplies(l.Float64) || !multiplies(l.Float32) {
		return nil, fmt.Errorf("%s computes a wrong product: it is not what it says of itself (%s)", path, l.Config)
	}
	return l, nil
}

// multiplies tries the library out: a product of matrices with gaps between their rows, and of which no two lengths are the same,
// so that numbers of another width or order would show.
func multiplies[T Float](r *Routines[T]) bool {
	a, b := []T{1, 2, 3, 0, 4, 5, 6}, []T{1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 0, 0, 9, 10, 11, 12}
	c := make([]T, 9)
	r.Gemm(blas.NoTrans, blas.NoTrans, 2, 4, 3, 1, a, 4, b, 6, 0, c, 5)
	return slices.Equal(c, []T{38, 44, 50, 56, 0, 83, 98, 113, 128})
}
