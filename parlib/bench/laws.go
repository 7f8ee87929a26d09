package bench

import "math"

// Efficiency is the share of p workers that a speed-up makes use of.
func Efficiency(speedup float64, p int) float64 { return speedup / float64(p) }

// KarpFlatt is the serial fraction that a speed-up on p workers shows (Karp and Flatt, "Measuring Parallel Processor
// Performance", 1990): (1/S - 1/p)/(1 - 1/p). Where it grows with p, the cost is overhead rather than serial code. It is
// NaN for one worker, and negative where the speed-up is above p.
func KarpFlatt(speedup float64, p int) float64 {
	if p < 2 {
		return math.NaN()
	}
	q := 1 / float64(p)
	return (1/speedup - q) / (1 - q)
}

// Amdahl is Amdahl's law: of the time on one worker the fraction Serial cannot be shared.
type Amdahl struct {
	Serial float64
}

// Speedup is what the law allows on p workers: 1/(Serial + (1-Serial)/p).
func (a Amdahl) Speedup(p float64) float64 { return 1 / (a.Serial + (1-a.Serial)/p) }

// Limit is the speed-up on infinitely many workers, +Inf where nothing is serial.
func (a Amdahl) Limit() float64 { return 1 / a.Serial }

// fitAmdahl gives the law that is nearest to the rows' speed-ups, in the least squares of run time: with x = 1 - 1/p and
// y = 1/S - 1/p the law is the line y = Serial·x. It needs a row of more than one worker; ok is false where there is none.
func fitAmdahl(rows []Row) (law Amdahl, ok bool) {
	var xy, xx float64
	for _, r := range rows {
		q := 1 / float64(r.Workers)
		x, y := 1-q, 1/r.Speedup-q
		xy += x * y
		xx += x * x
	}
	if xx == 0 {
		return Amdahl{}, false
	}
	return Amdahl{Serial: min(1, max(0, xy/xx))}, true
}

// Gustafson is Gustafson's law ("Reevaluating Amdahl's Law", 1988), for work that grows with the workers: of the time that p
// workers take for it, the fraction Serial is spent on one alone.
type Gustafson struct {
	Serial float64
}

// Speedup is how many times as much p workers do in the same time as one: Serial + p·(1-Serial).
func (g Gustafson) Speedup(p float64) float64 { return g.Serial + p*(1-g.Serial) }

// GustafsonSerial is the serial fraction that a scaled speed-up on p workers shows: (p - S)/(p - 1). It is NaN for one
// worker, and negative where the speed-up is above p.
func GustafsonSerial(speedup float64, p int) float64 {
	if p < 2 {
		return math.NaN()
	}
	return (float64(p) - speedup) / float64(p-1)
}

// fitGustafson gives the law that is nearest to the rows' scaled speed-ups: with x = p - 1 and y = p - S it is the line
// y = Serial·x. It needs a row of more than one worker; ok is false where there is none.
func fitGustafson(rows []Row) (law Gustafson, ok bool) {
	var xy, xx float64
	for _, r := range rows {
		x := float64(r.Workers - 1)
		xy += x * (float64(r.Workers) - r.Speedup)
		xx += x * x
	}
	if xx == 0 {
		return Gustafson{}, false
	}
	return Gustafson{Serial: min(1, max(0, xy/xx))}, true
}
