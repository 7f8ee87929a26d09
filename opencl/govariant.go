package opencl

import (
	"slices"
	"sync"

	"github.com/warren-go/warren/opencl/internal/translate"
)

// goVariant is a way in which a kernel written in Go is built: with more checks, or fewer.
type goVariant struct {
	kernel     *Kernel
	translated *translate.Kernel
}

// goVariants are the variants of a kernel that lack some checks, by the proof that they do not need them.
type goVariants struct {
	mu      sync.Mutex
	byProof map[translate.Proof]*goVariant
	last    translate.Launch // what was asked for last,
	chosen  *goVariant       // and what was chosen
	vain    int              // proofs that gave no variant; -1 once one did
	closed  bool
}

// mostVariants is how many variants of one kernel are built at most: each takes tenths of a second.
const mostVariants = 4

// mostVain is how many proofs are tried before one gives a variant: each may take milliseconds, as long as many a kernel runs.
const mostVain = 8

// choose gives the variant of a kernel with the fewest checks that a launch can do with.
func (s *goVariants) choose(k *GoKernel, r Range, facts []int64) *goVariant {
	if len(k.whole.translated.Faults) == 0 || r.check() != nil || r.empty() || k.whole.kernel.program.isClosed() {
		return k.whole
	}
	l := translate.Launch{Global: inThree(r.Global, 1), Local: inThree(r.Local, 0), Offset: inThree(r.Offset, 0), Arguments: facts}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed || s.vain == mostVain:
		return k.whole
	case s.chosen != nil && sameLaunch(l, s.last):
		return s.chosen
	}
	s.last, s.chosen = l, s.variant(k, k.whole.translated.Prove(l))
	if s.chosen != k.whole {
		s.vain = -1
	} else if s.vain >= 0 {
		s.vain++
	}
	return s.chosen
}

// variant gives the variant for a proof, which is built on first use. Where that fails, it is the one with all checks, and where
// there are too many, the one with the fewest that the proof is enough for.
func (s *goVariants) variant(k *GoKernel, p translate.Proof) *goVariant {
	if !p.Any() {
		return k.whole
	}
	if v := s.byProof[p]; v != nil {
		return v
	}
	if len(s.byProof) == mostVariants {
		return s.nearest(k, p)
	}
	if s.byProof == nil {
		s.byProof = map[translate.Proof]*goVariant{}
	}
	v := &goVariant{translated: k.whole.translated.Without(p)}
	var err error
	if v.kernel, err = k.options.build(k.fn, v.translated); err != nil {
		v = k.whole
	}
	s.byProof[p] = v
	return v
}

// nearest gives the variant with the fewest checks of those that are built and that a proof is enough for.
func (s *goVariants) nearest(k *GoKernel, p translate.Proof) *goVariant {
	best := k.whole
	for q, v := range s.byProof {
		if v != k.whole && p.Covers(q) && len(v.translated.Faults) < len(best.translated.Faults) {
			best = v
		}
	}
	return best
}

// close gives up the programs of all variants.
func (s *goVariants) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.byProof {
		v.kernel.program.Close()
	}
	s.byProof, s.chosen, s.closed = nil, nil, true
}

func sameLaunch(a, b translate.Launch) bool {
	return a.Global == b.Global && a.Local == b.Local && a.Offset == b.Offset && slices.Equal(a.Arguments, b.Arguments)
}

// inThree gives sizes in three dimensions, with one for those that are missing.
func inThree(n []int, missing int64) [3]int64 {
	all := [3]int64{missing, missing, missing}
	for i, x := range n {
		all[i] = int64(x)
	}
	return all
}
