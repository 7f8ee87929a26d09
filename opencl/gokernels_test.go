package opencl_test

import (
	"math"
	"math/bits"

	"github.com/warren-go/warren/opencl"
)

// The kernels of this file are run on a device and on the CPU, see kernelCases.

func addInt8(it opencl.Item, a, b, out []int8)   { i := it.GlobalID(0); out[i] = a[i] + b[i]*3 - 7 }
func addInt16(it opencl.Item, a, b, out []int16) { i := it.GlobalID(0); out[i] = a[i]*b[i] - b[i] }
func addInt32(it opencl.Item, a, b, out []int32) {
	i := it.GlobalID(0)
	out[i] = a[i]*b[i]*b[i]*1000003 - b[i]
}
func addInt64(it opencl.Item, a, b, out []int64) {
	i := it.GlobalID(0)
	out[i] = a[i]*b[i]*0x123456789ABCDEF - (b[i] << 50)
}
func addInt(it opencl.Item, a, b, out []int) { i := it.GlobalID(0); out[i] = -a[i]*b[i] + ^b[i] }
func addUint8(it opencl.Item, a, b, out []uint8) {
	i := it.GlobalID(0)
	out[i] = a[i]*b[i] - b[i] - ^a[i]
}
func addUint16(it opencl.Item, a, b, out []uint16) { i := it.GlobalID(0); out[i] = a[i]*a[i] + -b[i] }
func addUint32(it opencl.Item, a, b, out []uint32) { i := it.GlobalID(0); out[i] = a[i]*b[i] - ^b[i] }
func addUint64(it opencl.Item, a, b, out []uint64) { i := it.GlobalID(0); out[i] = a[i]*b[i]*b[i] - 1 }
func addUint(it opencl.Item, a, b, out []uint) {
	i := it.GlobalID(0)
	out[i] = a[i] - b[i]*math.MaxUint/3
}
func addFloat32(it opencl.Item, a, b, out []float32) {
	i := it.GlobalID(0)
	out[i] = a[i]*b[i] + b[i]/3 - 1e-3
}
func addFloat64(it opencl.Item, a, b, out []float64) {
	i := it.GlobalID(0)
	out[i] = a[i]*b[i] + b[i]/3 - 1e-3
}

func divInt8(it opencl.Item, a, b, out []int8) {
	if i := it.GlobalID(0); b[i] != 0 {
		out[i] = a[i]/b[i] + a[i]%b[i]
	}
}

func divInt32(it opencl.Item, a, b, out []int32) {
	if i := it.GlobalID(0); b[i] != 0 {
		out[i] = a[i]/b[i]*10 + a[i]%b[i] + math.MinInt32/b[i]%7
	}
}

func divInt64(it opencl.Item, a, b, out []int64) {
	if i := it.GlobalID(0); b[i] != 0 {
		out[i] = math.MinInt64/b[i] + a[i]%b[i]
	}
}

func divUint32(it opencl.Item, a, b, out []uint32) {
	if i := it.GlobalID(0); b[i] != 0 {
		out[i] = a[i]/b[i] + a[i]%b[i]
	}
}

func divConstant(it opencl.Item, a, out []int) {
	i := it.GlobalID(0)
	out[i] = a[i]/7 + a[i]%7 + a[i]/-3 + a[i]%-3 + a[i]/-1 + a[i]%-1 - a[i]/2
}

func minimumByMinusOne(it opencl.Item, out []int64) {
	m := out[0]
	minusOne := out[1]
	out[2], out[3] = m/minusOne, m%minusOne
}

func shiftsInt32(it opencl.Item, a, n, out []int32) {
	i := it.GlobalID(0)
	c := uint(n[i]) & 127
	out[i] = a[i]<<c ^ a[i]>>c
}

func shiftsInt8(it opencl.Item, a, n, out []int8) {
	i := it.GlobalID(0)
	c := uint8(n[i]) & 31
	out[i] = a[i]<<c | a[i]>>c
	out[i] ^= a[i] << 3 >> 2
}

func shiftsUint64(it opencl.Item, a, n, out []uint64) {
	i := it.GlobalID(0)
	out[i] = a[i]<<n[i] + a[i]>>n[i]
}

func shiftAssign(it opencl.Item, a, out []int) {
	i := it.GlobalID(0)
	x := a[i]
	x <<= i & 15
	x >>= 3
	x &^= 0xF0
	x ^= i
	x |= 1 << 20
	x %= 12345
	out[i] = x
}

func bitwise(it opencl.Item, a, b, out []uint8) {
	i := it.GlobalID(0)
	out[i] = a[i]&^b[i] ^ (a[i]|b[i])&^0x55 ^ ^a[i]
}

func precedence(it opencl.Item, a, b, out []int32) {
	i := it.GlobalID(0)
	out[i] = a[i] + b[i]<<1&a[i] - b[i]*2&3 | a[i]&^b[i]<<2
}

func comparisons(it opencl.Item, a, b, out []int32) {
	i := it.GlobalID(0)
	less, equal := a[i] < b[i], a[i] == b[i]
	if less != equal && !(a[i] > 100) || a[i]&1 == 0 {
		out[i] = 1
	}
	if (a[i] < 0) == (b[i] < 0) {
		out[i] += 2
	}
}

func compareUnsigned(it opencl.Item, a []uint32, b []uint8, out []int32) {
	i := it.GlobalID(0)
	if a[i]-10 < 5 {
		out[i]++
	}
	if b[i]-10 < 5 {
		out[i] += 2
	}
	if uint32(b[i])-10 > a[i] {
		out[i] += 4
	}
}

func convertIntegers(it opencl.Item, a []int64, out []int64) {
	i := it.GlobalID(0)
	x := a[i] * 0x0123456789ABCDEF
	out[i] = int64(int8(x)) + int64(uint8(x))<<8 + int64(int16(x))*3 + int64(uint16(x)) + int64(int32(x)) + int64(uint32(x)) + int64(uint64(x)>>60)
}

func convertToFloat(it opencl.Item, a []int64, b []uint64, out []float32, out2 []float64) {
	i := it.GlobalID(0)
	x := a[i] * 0x123456789ABC
	y := b[i] * 0xFEDCBA987654321
	out[i] = float32(x) + float32(y)
	out2[i] = float64(x) + float64(y)
}

func convertFromFloat(it opencl.Item, a []float32, b []float64, out []int64, out2 []uint8) {
	i := it.GlobalID(0)
	out[i] = int64(a[i]*1.7) + int64(int32(b[i]*-2.5)) + int64(b[i]*1e10)
	out2[i] = uint8(math.Abs(b[i]) * 0.5)
}

func narrowFloat(it opencl.Item, a []float64, out []float32) {
	i := it.GlobalID(0)
	out[i] = float32(a[i]/3) * float32(a[i]*1e-30)
}

type celsius float32
type index int32

func definedTypes(it opencl.Item, t []celsius, n []index, out []float32) {
	i := index(it.GlobalID(0))
	out[i] = float32(t[i]*9/5+32) + float32(n[i]*2)
}

const (
	first = iota * 10
	second
	third
	scale         = 1 << third / 10
	ratio float32 = 1.0 / 3
	big           = 1 << 62
)

func constants(it opencl.Item, out []int) {
	const local = second*2 + 'a'
	out[0], out[1], out[2], out[3] = first, second, third, local
	out[4] = scale + big + math.MaxInt32
	out[5] = math.MinInt64
	out[6] = int(ratio * float32(out[0]+100))
	out[7] = len([5]int{}) + 1e3
}

func constantFloats(it opencl.Item, out []float64) {
	out[0], out[1], out[2] = math.Pi, math.MaxFloat64, math.SmallestNonzeroFloat64
	out[3], out[4] = 1e-7, 0x1p-1074
	out[5] = float64(float32(0.1)) + math.MaxFloat32
	out[6] = 1 << 70
}

func floatSpecials(it opencl.Item, a, b, out []float64) {
	i := it.GlobalID(0)
	out[i] = max(a[i], b[i]) / min(a[i], b[i])
}

func floatExtremes32(it opencl.Item, a, b, low, high []float32) {
	i := it.GlobalID(0)
	low[i], high[i] = min(a[i], b[i]), max(a[i], b[i], -1)
}

func mathExtremes(it opencl.Item, a, b, low, high, dim []float64) {
	i := it.GlobalID(0)
	low[i], high[i], dim[i] = math.Min(a[i], b[i]), math.Max(a[i], b[i]), math.Dim(a[i], b[i])
}

func mathTests(it opencl.Item, a []float64, out []int32) {
	i := it.GlobalID(0)
	if math.IsNaN(a[i]) {
		out[i] |= 1
	}
	for sign := -1; sign <= 1; sign++ {
		if math.IsInf(a[i], sign) {
			out[i] |= 2 << (sign + 1)
		}
	}
	if math.Signbit(a[i]) {
		out[i] |= 16
	}
	if a[i] == math.Inf(1) || a[i] != a[i] && math.IsNaN(math.NaN()) {
		out[i] |= 32
	}
}

func mathExact(it opencl.Item, a, out []float64) {
	i := it.GlobalID(0)
	out[i] = math.Floor(a[i]) + 2*math.Ceil(a[i]) + 4*math.Trunc(a[i]) + 8*math.Round(a[i]) + 16*math.RoundToEven(a[i]) + 32*math.Abs(a[i])
}

func mathSqrt(it opencl.Item, a, out []float64) {
	i := it.GlobalID(0)
	out[i] = math.Sqrt(math.Abs(a[i])) + math.Copysign(3, a[i]) + math.FMA(a[i], a[i], 0.1)
}

func sqrt32(it opencl.Item, a, out []float32) {
	i := it.GlobalID(0)
	out[i] = float32(math.Sqrt(float64(a[i]))) / 3
}

func mathMod(it opencl.Item, a, b, out []float64) {
	i := it.GlobalID(0)
	out[i] = math.Mod(a[i], b[i]) + math.Remainder(a[i], b[i]) + math.Ldexp(a[i], int(b[i]))
}

func mathExp(it opencl.Item, a, out []float64) {
	i := it.GlobalID(0)
	out[i] = math.Exp(a[i] / 10)
}
func mathLog(it opencl.Item, a, out []float64) {
	i := it.GlobalID(0)
	out[i] = math.Log(math.Abs(a[i]) + 0.1)
}
func mathSin(it opencl.Item, a, out []float64) { i := it.GlobalID(0); out[i] = math.Sin(a[i]) }
func mathCos(it opencl.Item, a, out []float64) { i := it.GlobalID(0); out[i] = math.Cos(a[i]) }
func mathTan(it opencl.Item, a, out []float64) { i := it.GlobalID(0); out[i] = math.Tan(a[i]) }
func mathPow(it opencl.Item, a, b, out []float64) {
	i := it.GlobalID(0)
	out[i] = math.Pow(math.Abs(a[i]), b[i]/20)
}
func mathAtan2(it opencl.Item, a, b, out []float64) {
	i := it.GlobalID(0)
	out[i] = math.Atan2(a[i], b[i])
}
func mathHypot(it opencl.Item, a, b, out []float64) {
	i := it.GlobalID(0)
	out[i] = math.Hypot(a[i], b[i])
}
func mathTanh(it opencl.Item, a, out []float64) { i := it.GlobalID(0); out[i] = math.Tanh(a[i] / 50) }
func mathInverse(it opencl.Item, a, out, out2, out3 []float64) {
	i := it.GlobalID(0)
	x := a[i] / 1000
	out[i], out2[i], out3[i] = math.Asin(x), math.Acos(x), math.Atan(x)
}
func mathExps(it opencl.Item, a, out, out2, out3 []float64) {
	i := it.GlobalID(0)
	x := a[i] / 100
	out[i], out2[i], out3[i] = math.Exp2(x), math.Expm1(x), math.Cbrt(x)
}
func mathLogs(it opencl.Item, a, out, out2, out3 []float64) {
	i := it.GlobalID(0)
	x := math.Abs(a[i]) + 1
	out[i], out2[i], out3[i] = math.Log2(x), math.Log10(x), math.Log1p(x)
}
func mathHyperbolic(it opencl.Item, a, out, out2, out3 []float64) {
	i := it.GlobalID(0)
	x := a[i] / 100
	out[i], out2[i], out3[i] = math.Sinh(x), math.Cosh(x), math.Asinh(x)
}
func mathErf(it opencl.Item, a, out, out2 []float64) {
	i := it.GlobalID(0)
	x := a[i] / 100
	out[i], out2[i] = math.Erf(x), math.Erfc(x)
}

func single(it opencl.Item, a, out, out2, out3 []float32) {
	i := it.GlobalID(0)
	x := a[i] / 10
	out[i] = float32(math.Sin(float64(x)))
	out2[i] = float32(math.Exp(float64(x / 10)))
	out3[i] = float32(math.Pow(float64(x*x), 0.5))
}

func floatBits(it opencl.Item, a []float32, b []float64, out []uint32, out2 []uint64, out3 []float32) {
	i := it.GlobalID(0)
	out[i], out2[i] = math.Float32bits(a[i]), math.Float64bits(b[i])
	out3[i] = math.Float32frombits(out[i]^1) + float32(math.Float64frombits(out2[i]^1))
}

func bitCounts(it opencl.Item, a []uint64, out []int) {
	i := it.GlobalID(0)
	x := a[i] * 0x9E3779B97F4A7C15
	out[i] = bits.OnesCount64(x) + bits.LeadingZeros32(uint32(x))*100 + bits.TrailingZeros16(uint16(x))*10000 + bits.Len8(uint8(x))*1000000
	out[i] += bits.TrailingZeros64(a[i]) + bits.LeadingZeros(uint(a[i])) + bits.Len64(x) + bits.OnesCount8(uint8(x))
}

func rotations(it opencl.Item, a []uint32, n []int, out []uint32) {
	i := it.GlobalID(0)
	out[i] = bits.RotateLeft32(a[i]*2654435761, n[i]) + uint32(bits.RotateLeft8(uint8(a[i]), -n[i]))
}

func integerExtremes(it opencl.Item, a, b []int32, c []uint8, out []int32) {
	i := it.GlobalID(0)
	out[i] = min(a[i], b[i], 5) + max(a[i], b[i])*int32(max(c[i], 200))
}

// Statements

func counted(it opencl.Item, out []int) {
	i := it.GlobalID(0)
	sum := 0
	for j := 0; j <= i; j++ {
		if j%3 == 0 {
			continue
		}
		if j > 50 {
			break
		}
		sum += j
	}
	for j := i; j > 0; j /= 2 {
		sum++
	}
	for sum > 1000 {
		sum -= 1000
	}
	out[i] = sum
}

func rangeInteger(it opencl.Item, out []int) {
	i := it.GlobalID(0)
	n := i
	for j := range n {
		n = 3
		out[i] += j
	}
	for range 4 {
		out[i]++
	}
	for j := range 5 {
		j *= 2
		out[i] += j
	}
	for j := range int8(3) {
		out[i] += int(j) << 6
	}
	var k int
	for k = range 7 {
		out[i] ^= k
	}
	out[i] += k
}

func rangeSlice(it opencl.Item, x []float32, out []float32) {
	i := it.GlobalID(0)
	for j, v := range x[:i] {
		if j%2 == 0 {
			out[i] += v
		}
	}
	for j := range x {
		out[i] -= x[j] * 0.25
	}
	for _, v := range x[i:] {
		out[i] += v
	}
	x = x[1:]
	for range x {
		x = x[:1]
		out[i]++
	}
	out[i] += float32(len(x))
}

func rangeArray(it opencl.Item, out []int32) {
	i := it.GlobalID(0)
	a := [4]int32{1, 2, 3, int32(i)}
	for j, v := range a {
		a[3] = 100
		out[i] += int32(j) * v
	}
	for j := range a {
		out[i] += a[j]
	}
	for j := range len(a) {
		out[i] += a[j]
	}
}

func switches(it opencl.Item, out []int) {
	i := it.GlobalID(0)
	switch i % 7 {
	case 0, 1:
		out[i] = 1
	case 2:
		out[i] = 2
		fallthrough
	case 3:
		out[i] += 10
	default:
		out[i] = 99
	case 4:
		if i > 10 {
			break
		}
		out[i] = 4
	}
	switch x := i % 5; {
	case x < 2 && i > 3:
		out[i] += 1000
	case x == 3:
		out[i] += 2000
	}
	for j := range 10 {
		switch {
		case j == 2:
			continue
		case j > i:
			break
		default:
			out[i] += 100000
		}
	}
}

func switchFloat(it opencl.Item, x, out []float32) {
	i := it.GlobalID(0)
	y := x[0] + 1
	switch x[i] {
	case 1, 2:
		out[i] = 5
	case y:
		out[i] = 6
	case x[3]:
		out[i] = 7
	}
}

func labels(it opencl.Item, out []int) {
	i := it.GlobalID(0)
outer:
	for j := 0; j < 10; j++ {
		for k := range 10 {
			switch {
			case k*j == i:
				break outer
			case k > j:
				continue outer
			}
			out[i] += k
		}
		out[i] += 100
	}
inner:
	switch {
	case i > 2:
		if i > 4 {
			break inner
		}
		out[i] += 5000
	}
}

func shadows(it opencl.Item, out []int) {
	i := it.GlobalID(0)
	x := i
	{
		x := x + 1
		out[i] += x
		if x := x * 2; x > 4 {
			x := x + 100
			out[i] += x
		} else if y := x; y > 2 {
			out[i] -= y
		} else {
			out[i] -= x
		}
	}
	for x := range x {
		out[i] += x
	}
	out[i] += x
}

func awkwardNames(it opencl.Item, kernel, global []int32, __kernel int32) {
	float := it.GlobalID(0)
	int4, half, dot, π, linux := int32(1), int32(2), kernel[float], int32(3), int32(4)
	for sizeof := range global {
		if sizeof == float { // the others belong to other items
			global[sizeof] += 0
		}
	}
	auto := struct{ register, uchar int32 }{1, 2}
	global[float] = int4 + half + dot + π + linux + __kernel + auto.register + auto.uchar + go_index(dot) + sin(1)
}

func go_index(x int32) int32 { return x * 2 }
func sin(x int32) int32      { return x + 7 }

func assignments(it opencl.Item, x []int32) {
	i := 4 * it.GlobalID(0)
	x[i], x[i+1] = x[i+1], x[i]
	j := i
	j, x[j+2] = i+1, 77
	x[j], j = x[j]+1, j+2
	x[j]++
	x[j-1]--
	var a, b = 1, int32(2)
	var c, d int32
	_, c = a, b
	x[i+3] += c - d
	_ = x[i]
}

func booleans(it opencl.Item, on []bool, flag bool, out []int32) {
	i := it.GlobalID(0)
	var b bool
	b = on[i] && flag
	on[i] = !on[i] || !flag
	if b != on[i] {
		out[i] = 1
	}
	out[i] += pick(b, 10, 20)
}

func pick(b bool, x, y int32) int32 {
	if b {
		return x
	}
	return y
}

// Arrays and structs

type vector struct{ X, Y, Z float32 }

type particle struct {
	Pos, Vel vector
	Mass     float32
	ID       int32
	Cells    [3]int16
}

func add(a, b vector) vector { return vector{a.X + b.X, a.Y + b.Y, a.Z + b.Z} }

func scaled(a vector, s float32) vector { return vector{X: a.X * s, Z: a.Z * s, Y: a.Y * s} }

func particles(it opencl.Item, ps []particle, dt float32, push vector) {
	i := it.GlobalID(0)
	p := ps[i]
	p.Vel = add(p.Vel, push)
	p.Pos = add(p.Pos, scaled(p.Vel, dt))
	p.Cells[p.ID%3]++
	p.Cells[1] += 2
	ps[i] = p
	ps[i].Vel.Z *= 2
	ps[i].Cells[2] = int16(i)
}

func arrays(it opencl.Item, m [3][2]int32, out []int32) {
	i := it.GlobalID(0)
	n := m
	n[i%3][1] = 50
	m[0][0]++
	sum := total(n) + total(m)
	if n == m {
		sum += 1000
	}
	if n != [3][2]int32{} {
		sum += 2000
	}
	sum += made(i)[i%3] + [...]int32{2: 7, 8}[i%4] + int32(len(n))
	out[i] = sum
}

func total(m [3][2]int32) (sum int32) {
	for _, row := range m {
		for _, v := range row {
			sum += v
		}
	}
	m[0][0] = 0
	return
}

func made(i int) [3]int32 { return [3]int32{int32(i), int32(i * i), 3} }

func compareStructs(it opencl.Item, ps []particle, out []int32) {
	i := it.GlobalID(0)
	a, b := ps[i], ps[0]
	if a == b {
		out[i] = 1
	}
	if a.Vel != b.Vel {
		out[i] += 2
	}
}

type inner struct{ A, B int32 }
type outer struct {
	inner
	C [2]inner
}

func embeds(it opencl.Item, xs []outer) {
	i := it.GlobalID(0)
	xs[i].A += 5
	xs[i].inner.B *= 2
	xs[i].C[i%2].A = xs[i].B
	var zero outer
	zero.B = 3
	xs[i].C[1] = zero.inner
}

func anonymous(it opencl.Item, out []int32) {
	i := it.GlobalID(0)
	p := struct {
		a int32
		b [2]int8
	}{a: 3, b: [2]int8{1, int8(i)}}
	q := p
	q.b[0] = 100
	out[i] = p.a + int32(p.b[0]) + int32(q.b[0]) + int32(q.b[1])
}

// Functions

func divmod(a, b int) (q, r int) {
	q = a / b
	r = a - q*b
	return
}

func swapped(a int, b float32) (float32, int) { return b, a }

func severalResults(it opencl.Item, out []int) {
	i := it.GlobalID(0)
	q, r := divmod(i, 3)
	f, n := swapped(i, 2.5)
	q, out[i] = divmod(q+n, 4)
	out[i] += r*10 + q*100 + int(f*1000)
	_, r = divmod(7, 4)
	out[i] += r
}

func forwarded(a, b int) (int, int) { return divmod(a, b) }

func forwards(it opencl.Item, out []int) {
	i := it.GlobalID(0)
	a, b := forwarded(i, 5)
	out[i] = a*10 + b
}

func bump(x []int, by int) int {
	x[0] += by
	return x[0]
}

func peek(x []int) int { return x[0] }

func orderOfCalls(it opencl.Item, x []int) {
	x[1] = bump(x, 1)*100 + peek(x)*10 + bump(x, 2)
	x[2] = peek(x) - bump(x, 5)*peek(x)
	if peek(x) > 100 && bump(x, 100) > 0 || bump(x, 1000) > 5 {
		x[3] = peek(x)
	}
	for i := 0; i < bump(x, 1)%7; i++ {
		x[4] += i
		if i == 2 {
			continue
		}
		x[4] += 10
	}
	switch bump(x, 3) {
	case peek(x) + 1:
		x[5] = 1
	case bump(x, 0):
		x[5] = 2
	case bump(x, 7000):
		x[5] = 3
	}
	if false && bump(x, 1) > 0 {
		x[5] = 7
	}
	for bump(x, 1)%4 != 0 {
		x[6]++
	}
	x[6+peek(x)%2] += bump(x, 1)
	bump(x[5:], 9)
	_ = bump(x, 11)
}

func nested(it opencl.Item, x []float32) { level1(it, x) }

func level1(it opencl.Item, x []float32) {
	if i := it.GlobalID(0); i < len(x) {
		x[i] = level2(x[i]) + float32(it.LocalSize(0)*0)
	}
}

func level2(v float32) float32 { return v*v + ratio }

func sumOf(x []float32) (s float32) {
	for _, v := range x {
		s += v
	}
	return
}

func rows(it opencl.Item, m []float32, n int, out []float32) {
	i := it.GlobalID(0)
	row := m[i*n : (i+1)*n]
	out[i] = sumOf(row) + sumOf(row[1:3])*10 + float32(len(row[2:]))
	row[0] = 5
	a, b := row[:1], row[1:]
	a, b = b, a
	out[i] += a[0] + b[0]
	for len(a) > 1 {
		a = a[1:]
	}
	out[i] += a[0]
}

func emptyParts(it opencl.Item, x []int32, out []int32) {
	n := len(x)
	out[0] = int32(len(x[n:]) + len(x[0:0]) + len(x[n-1:]))
	for range x[n:] {
		out[0] = 100
	}
}

// Items

func ids(it opencl.Item, out []int) {
	i := it.GlobalID(0) - it.GlobalOffset(0) + it.GlobalSize(0)*(it.GlobalID(1)-it.GlobalOffset(1))
	out[i] = it.LocalID(0) + 10*it.LocalID(1) + 100*it.GroupID(0) + 1000*it.GroupID(1) + 10000*it.NumGroups(0) + 100000*it.NumGroups(1)
	out[i] += 1000000*it.LocalSize(0) + 10000000*it.LocalSize(1) + 1e8*it.Dims() + 1e9*it.GlobalOffset(1)
	for d := range 3 {
		out[i] += it.GlobalID(d) << (40 + d)
	}
	out[i] += it.GlobalSize(2)*1e10 + it.GlobalID(5)
}

func reverseGroup(it opencl.Item, x []int32) {
	tile := opencl.LocalVar[[64]int32](it)
	l, n := it.LocalID(0), it.LocalSize(0)
	tile[l] = x[it.GlobalID(0)]
	it.Barrier()
	x[it.GlobalID(0)] = tile[n-1-l]
}

func reduceGroup(it opencl.Item, x []int64, out []int64) {
	part := opencl.LocalVar[[64]int64](it)
	l := it.LocalID(0)
	part[l] = x[it.GlobalID(0)]
	it.Barrier()
	for half := it.LocalSize(0) / 2; half > 0; half /= 2 {
		if l < half {
			part[l] += part[l+half]
		}
		it.Barrier()
	}
	if l == 0 {
		out[it.GroupID(0)] = part[0]
	}
}

const tileSize = 8

func matmulTiled(it opencl.Item, n int, a, b, c []float32) {
	as := opencl.LocalVar[[tileSize][tileSize]float32](it)
	bs := opencl.LocalVar[[tileSize][tileSize]float32](it)
	x, y := it.LocalID(0), it.LocalID(1)
	col, row := it.GlobalID(0), it.GlobalID(1)
	var sum float32
	for t := 0; t < n; t += tileSize {
		as[y][x] = a[row*n+t+x]
		bs[y][x] = b[(t+y)*n+col]
		it.Barrier()
		for k := range tileSize {
			sum += as[y][k] * bs[k][x]
		}
		it.Barrier()
	}
	c[row*n+col] = sum
}

type shared struct {
	Count int32
	Sum   [2]float32
}

func localStruct(it opencl.Item, out []int32, sums []float32) {
	s := opencl.LocalVar[shared](it)
	flag := opencl.LocalVar[int32](it)
	if it.LocalID(0) == 0 {
		*s = shared{}
		*flag = 3
	}
	it.Barrier()
	opencl.AtomicAdd(&s.Count, 2)
	opencl.AtomicAdd(&s.Sum[1], 0.5)
	opencl.AtomicMax(flag, int32(it.LocalID(0)))
	it.Barrier()
	out[it.GlobalID(0)] = s.Count + *flag*100
	sums[it.GlobalID(0)] = s.Sum[1] + s.Sum[0]
}

func fillTile(it opencl.Item, tile *[16]int32, v int32) int32 {
	tile[it.LocalID(0)] = v
	it.Barrier()
	sum := int32(0)
	for i, v := range tile {
		sum += v * int32(i)
	}
	for i := range tile {
		sum += tile[i] + int32(len(tile))
	}
	return sum
}

func localHelper(it opencl.Item, out []int32) {
	tile := opencl.LocalVar[[16]int32](it)
	out[it.GlobalID(0)] = fillTile(it, tile, int32(it.GlobalID(0)))
}

func histogram(it opencl.Item, x []uint8, bins []int32) {
	opencl.AtomicAdd(&bins[x[it.GlobalID(0)]%16], 1)
}

func atomics32(it opencl.Item, out []uint32) {
	i := uint32(it.GlobalID(0))
	opencl.AtomicAdd(&out[0], i)
	opencl.AtomicMin(&out[1], i+5)
	opencl.AtomicMax(&out[2], i)
	opencl.AtomicAnd(&out[3], ^(1 << (i % 16)))
	opencl.AtomicOr(&out[4], 1<<(i%16))
	opencl.AtomicXor(&out[5], i)
	if opencl.AtomicCompareAndSwap(&out[6], 7, 1) {
		opencl.AtomicAdd(&out[7], 1)
	}
	opencl.AtomicStore(&out[8], 6)
	out[9+i] = opencl.AtomicSwap(&out[9+i], i*3) + opencl.AtomicLoad(&out[8])*0
}

func atomics64(it opencl.Item, out []int64) {
	i := int64(it.GlobalID(0))
	opencl.AtomicAdd(&out[0], -i<<40)
	opencl.AtomicMin(&out[1], -i)
	opencl.AtomicMax(&out[2], i<<33)
	opencl.AtomicOr(&out[3], 1<<(i%60))
	opencl.AtomicSwap(&out[4], 5)
}

func atomicFloats(it opencl.Item, out []float32, out2 []float64) {
	i := float32(it.GlobalID(0))
	opencl.AtomicAdd(&out[0], i)
	opencl.AtomicMin(&out[1], -i)
	opencl.AtomicMax(&out[2], i)
	opencl.AtomicAdd(&out2[0], float64(i))
	opencl.AtomicSwap(&out2[1], 2.5)
}

func compact(it opencl.Item, x []int32, out []int32, count []int32) {
	if v := x[it.GlobalID(0)]; v%3 == 0 {
		at := opencl.AtomicAdd(&count[0], 1) - 1
		opencl.AtomicAdd(&out[0], v)
		out[1+at] = 1
	}
}

// Programs

func mandelbrot(it opencl.Item, width, height int, out []int32) {
	px, py := it.GlobalID(0), it.GlobalID(1)
	if px >= width || py >= height {
		return
	}
	x0, y0 := float32(px)/float32(width)*3.5-2.5, float32(py)/float32(height)*2-1
	var x, y float32
	n := int32(0)
	for ; x*x+y*y <= 4 && n < 200; n++ {
		x, y = x*x-y*y+x0, 2*x*y+y0
	}
	out[py*width+px] = n
}

func stencil(it opencl.Item, in, out []float32, n int) {
	x, y := it.GlobalID(0), it.GlobalID(1)
	if x == 0 || y == 0 || x == n-1 || y == n-1 {
		return
	}
	at := y*n + x
	out[at] = 0.2 * (in[at] + in[at-1] + in[at+1] + in[at-n] + in[at+n])
}

func bitonic(it opencl.Item, x []int32, j, k uint32) {
	i := uint32(it.GlobalID(0))
	other := i ^ j
	if other <= i {
		return
	}
	if (i&k == 0) == (x[i] > x[other]) {
		x[i], x[other] = x[other], x[i]
	}
}

func xorshift(it opencl.Item, seed uint64, out []float64) {
	s := seed + uint64(it.GlobalID(0))*0x9E3779B97F4A7C15
	for range 10 {
		s ^= s << 13
		s ^= s >> 7
		s ^= s << 17
	}
	out[it.GlobalID(0)] = float64(s>>11) / (1 << 53)
}

func collatz(it opencl.Item, out []int32) {
	n := uint64(it.GlobalID(0)) + 1
	steps := int32(0)
	for n != 1 {
		if n%2 == 0 {
			n /= 2
		} else {
			n = 3*n + 1
		}
		steps++
	}
	out[it.GlobalID(0)] = steps
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func gcds(it opencl.Item, out []int) {
	i := it.GlobalID(0)
	out[i] = gcd(i*36, 1000+i)
}

func gridStride(it opencl.Item, x []float32) {
	for i := it.GlobalID(0); i < len(x); i += it.GlobalSize(0) {
		x[i] = x[i]*x[i] - 1
	}
}

func nothing(it opencl.Item) {}
