package opencl

import (
	"fmt"

	"github.com/warren-go/warren/opencl/internal/translate"
)

// KeepAllChecks has a kernel run with all checks from now on, also with those that cannot fail.
func (k *GoKernel) KeepAllChecks() {
	k.variants.chosen, k.variants.byProof = nil, map[translate.Proof]*goVariant{}
	for i := range mostVariants {
		k.variants.byProof[translate.Proof(fmt.Sprint("none ", i))] = k.whole
	}
}

// Checks is how many checks a launch is done with.
func (k *GoKernel) Checks(r Range, facts ...int64) int {
	return len(k.variants.choose(k, r, facts).translated.Faults)
}

// CloseVariants is what Close does first.
func (k *GoKernel) CloseVariants() { k.variants.close() }
