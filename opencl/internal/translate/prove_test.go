package translate

import (
	"strings"
	"testing"
)

// launchOf is a launch of so many items in one dimension, with arguments.
func launchOf(global, local int64, args ...int64) Launch {
	return Launch{Global: [3]int64{global, 1, 1}, Local: [3]int64{local, min(local, 1), min(local, 1)}, Arguments: args}
}

// left are the texts of the faults that a proof leaves.
func left(k *Kernel, p Proof) string {
	var texts []string
	for i, f := range k.Faults {
		if p[i] == '0' {
			texts = append(texts, f.Text)
		}
	}
	return strings.Join(texts, ", ")
}

func TestFaultsThatCannotHappenAreProven(t *testing.T) {
	for _, test := range []struct {
		name, params, body string
		launch             Launch
		left               string // the expressions that may still fail
	}{
		{"guard", "x, y []float32", "i := it.GlobalID(0)\nif i < len(y) { y[i] += x[i] }", launchOf(1024, 0, 1000, 1000), ""},
		{"guard of a longer slice", "x, y []float32", "i := it.GlobalID(0)\nif i < len(y) { y[i] += x[i] }", launchOf(1024, 0, 999, 1000), "x[i]"},
		{"early return", "x []float32", "i := it.GlobalID(0)\nif i >= len(x) { return }\nx[i] = 1", launchOf(1024, 0, 1000), ""},
		{"range itself", "x []float32", "x[it.GlobalID(0)] = 1", launchOf(1000, 0, 1000), ""},
		{"range too large", "x []float32", "x[it.GlobalID(0)] = 1", launchOf(1001, 0, 1000), "x[it.GlobalID(0)]"},
		{"offset", "x []float32", "x[it.GlobalID(0)-it.GlobalOffset(0)] = 1\nx[it.GlobalID(0)] = 1",
			Launch{Global: [3]int64{10, 1, 1}, Offset: [3]int64{5}, Arguments: []int64{10}}, "x[it.GlobalID(0)]"},
		{"stencil", "x, y []float32", "i := it.GlobalID(0)\nif i > 0 && i < len(x)-1 { y[i] = x[i-1] + x[i] + x[i+1] }", launchOf(1024, 0, 1000, 1000), ""},
		{"stencil, i+1 < n", "x []float32, n int", "i := it.GlobalID(0)\nif i-1 >= 0 && i+1 < n { x[i] = x[i-1] + x[i+1] }", launchOf(1024, 0, 1000, 1000), ""},
		{"matrix", "m, n, k int, a, b, c []float32", "j, i := it.GlobalID(0), it.GlobalID(1)\nif i < m && j < n {\nvar sum float32\nfor p := 0; p < k; p++ { sum += a[i*k+p] * b[p*n+j] }\nc[i*n+j] = sum }",
			Launch{Global: [3]int64{32, 32, 1}, Arguments: []int64{30, 20, 10, 300, 200, 600}}, ""},
		{"matrix, b too short", "m, n, k int, a, b, c []float32", "j, i := it.GlobalID(0), it.GlobalID(1)\nif i < m && j < n {\nvar sum float32\nfor p := 0; p < k; p++ { sum += a[i*k+p] * b[p*n+j] }\nc[i*n+j] = sum }",
			Launch{Global: [3]int64{32, 32, 1}, Arguments: []int64{30, 20, 10, 300, 199, 600}}, "b[p * n + j]"},
		{"row", "k int, a []float32", "i := it.GlobalID(0)\nrow := a[i*k : (i+1)*k]\nfor p := 0; p < k; p++ { row[p] = 1 }", launchOf(10, 0, 7, 70), ""},
		{"rows of two", "k int, a, b []float32", "i := it.GlobalID(0)\nx, y := a[i*k:i*k+k], b[i*k:(i+1)*k]\nfor p := range x { x[p] = y[p] }", launchOf(10, 0, 7, 70, 70), ""},
		{"row beyond the end", "k int, a []float32", "i := it.GlobalID(0)\nrow := a[i*k : (i+1)*k]\nfor p := 0; p < k; p++ { row[p] = 1 }", launchOf(11, 0, 7, 70), "a[i * k:(i + 1) * k], a[i * k:(i + 1) * k], row[p]"},
		{"tree", "x []float32", "s := opencl.LocalVar[[64]float32](it)\nl := it.LocalID(0)\ns[l] = x[it.GlobalID(0)]\nfor half := it.LocalSize(0) / 2; half > 0; half /= 2 {\nit.Barrier()\nif l < half { s[l] += s[l+half] }\n}", launchOf(640, 64, 640), ""},
		{"tree, groups too large", "x []float32", "s := opencl.LocalVar[[64]float32](it)\nl := it.LocalID(0)\ns[l] = 1", launchOf(640, 128, 640), "s[l]"},
		{"groups not known", "x []float32", "s := opencl.LocalVar[[64]float32](it)\ns[it.LocalID(0)] = 1\nx[it.GroupID(0)] = 1\nx[it.NumGroups(0)-1] = 1", launchOf(64, 0, 64), ""},
		{"stride", "x []float32", "for i := it.GlobalID(0); i < len(x); i += it.GlobalSize(0) { x[i] = 1 }", launchOf(7, 0, 100), ""},
		{"down", "x []float32", "for i := len(x) - 1; i >= 0; i-- { x[i] = 1 }", launchOf(1, 0, 100), ""},
		{"data", "x []int32, y []float32", "i := it.GlobalID(0)\ny[x[i]] = 1", launchOf(10, 0, 10, 10), "y[x[i]]"},
		{"masked data", "x []int32, y []float32", "i := it.GlobalID(0)\ny[x[i]&15] = 1\ny[uint8(x[i])>>4] = 1\ny[uint32(x[i])%16] = 1\ny[min(max(x[i], 0), 15)] = 1", launchOf(10, 0, 10, 16), ""},
		{"mask too wide", "x []int32, y []float32", "i := it.GlobalID(0)\ny[x[i]&31] = 1", launchOf(10, 0, 10, 16), "y[x[i] & 31]"},
		{"negative remainder", "x []int32, y []float32", "y[x[it.GlobalID(0)]%16] = 1", launchOf(10, 0, 10, 16), "y[x[it.GlobalID(0)] % 16]"},
		{"guarded data", "x []int32, y []float32", "i := int(x[it.GlobalID(0)])\nif i >= 0 && i < len(y) { y[i] = 1 }\nif i < 0 || i >= len(y) { return }\ny[i] = 2", launchOf(10, 0, 10, 16), ""},
		{"checked after", "x []int32, y []float32", "i := int(x[it.GlobalID(0)])\nif y[i] > 0 && i < len(y) && i >= 0 { y[i] = 1 }", launchOf(10, 0, 10, 16), "y[i]"},
		{"divisor", "n, d int, x []int", "x[it.GlobalID(0)/d] = n / d % (n&7 + 1)", launchOf(10, 0, 5, 3, 10), ""},
		{"divisor 0", "n, d int, x []int", "x[0] = n / d", launchOf(10, 0, 5, 0, 10), "n / d"},
		{"divisor guarded", "x []int", "if d := x[0]; d > -1 && d != 0 { x[0] = 7 / d }", launchOf(1, 0, 1), ""},
		{"count", "n int, x []int", "x[0] = 1 << n >> it.GlobalID(0)", launchOf(10, 0, 5, 1), ""},
		{"count negative", "n int, x []int", "x[0] = 1 << n", launchOf(10, 0, -1, 1), "1 << n"},
		{"wraps", "x []int", "for i := uint8(0); int(i) < len(x); i++ { x[i] = 1 }", launchOf(1, 0, 300), ""},
		{"wraps below", "x []int, n uint32", "x[n-1] = 1", launchOf(1, 0, 300, 0), "x[n - 1]"},
		{"function", "x []int", "f(x, it.GlobalID(0))\nf(x[1:], it.GlobalID(0)-1+1)", launchOf(9, 0, 10), ""},
		{"function, called wrongly once", "x []int", "f(x, it.GlobalID(0))\nf(x[2:], it.GlobalID(0))", launchOf(9, 0, 10), "x[i]"},
		{"result", "x []int", "x[clamped(x[0], len(x))] = 1", launchOf(9, 0, 10), ""},
		{"switch", "x []int", "i := x[0]\nswitch {\ncase i < 0:\n\ti = 0\ncase i >= len(x):\n\ti = len(x) - 1\n}\nx[i] = 1\nswitch x[1] {\ncase 1, 2:\n\ti = 3\n\tfallthrough\ndefault:\n\tx[i] = 1\n}", launchOf(9, 0, 10), ""},
		{"labels", "x []int", "a: for i := range 10 { for j := range 10 { if j > i { continue a }\nsum := i + j\nif sum > 8 { break a }\nx[sum] = 1 } }", launchOf(1, 0, 9), ""},
		{"break", "x []int", "i := 0\nfor { if i >= len(x) { break }\nx[i] = 1\ni++ }", launchOf(1, 0, 9), ""},
		{"changed in a loop", "x []int", "j := 0\nfor range 3 { x[j] = 1\nj += 4 }", launchOf(1, 0, 9), "x[j]"},
		{"swapped", "x []int", "i, j := 0, 20\nfor range 3 { i, j = j, i }\nx[i] = 1", launchOf(1, 0, 9), "x[i]"},
		{"unreachable", "n int, x []int", "if n > 5 { x[100] = 1 }", launchOf(1, 0, 5, 9), ""},
		{"empty", "x []int", "for i := range x { x[i+1] = 1 }", launchOf(1, 0, 0), ""},
		{"atomic", "x []int32", "opencl.AtomicAdd(&x[it.GlobalID(0)%4], 1)", launchOf(100, 0, 4), ""},
		{"after a fault", "x []int, n int", "y := x[n:]\nfor i := range 3 { y[i] = 1 }", launchOf(1, 0, 3, -1), "x[n:]"},
		{"bits", "x []int, n uint64", "x[bits.Len64(n)] = 1\nx[bits.OnesCount8(uint8(n))] = 1", launchOf(1, 0, 65, -1), ""},
		{"struct", "x []struct{ a [3]int }", "i := it.GlobalID(0)\nx[i].a[i%3] = x[i].a[i&1]", launchOf(8, 0, 8), ""},
		{"not equal", "x []int", "for n := len(x); n != 0; n /= 2 { x[n-1] = 1 }", launchOf(1, 0, 8), ""},
	} {
		text := "func k(it opencl.Item, " + test.params + ") {\n" + test.body + "\n}\nfunc f(x []int, i int) { x[i] = 1 }\nfunc clamped(i, n int) int {\n\tif i < 0 { return 0 }\n\treturn min(i, n-1)\n}\n"
		k, err := Function(kernelIn(text), "k", Options{})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		proof := k.Prove(test.launch)
		if got := left(k, proof); got != test.left {
			t.Errorf("%s: %q may fail, not %q", test.name, got, test.left)
		}
		fast := k.Without(proof)
		if got := left(fast, Proof(strings.Repeat("0", len(fast.Faults)))); got != test.left {
			t.Errorf("%s: the kernel without what was proven checks %q, not %q", test.name, got, test.left)
		}
		if proof.All() && strings.Contains(fast.Source, "report") {
			t.Errorf("%s: a kernel that cannot fail reports:\n%s", test.name, fast.Source)
		}
	}
}
