#include "textflag.h"

// Micro-kernels: C += A·B for one tile of C that lives in registers.
//
//	func(k int, a, b, c *T, ldc int)
//
// a is a packed panel: for each of k steps a column of the tile's rows; b: for each step a row of the tile's columns; c is
// the tile, rows ldc elements apart. Each step loads one row of B (three vectors), and for each row of the tile one
// element of A, broadcast: 4 rows × 3 vectors keep 12 of the 16 AVX2 registers as sums. With so many sums the multiply-add
// units never wait for an earlier result.

// ARGS loads the arguments; R8 becomes the distance of rows in bytes.
#define ARGS(shift) \
	MOVQ k+0(FP), CX    \
	MOVQ a+8(FP), SI    \
	MOVQ b+16(FP), DI   \
	MOVQ c+24(FP), DX   \
	MOVQ ldc+32(FP), R8 \
	SHLQ $shift, R8

#define ZERO3(x, y, z) \
	VXORPD x, x, x \
	VXORPD y, y, y \
	VXORPD z, z, z

#define ROW256(BROADCAST, FMA, off, x, y, z) \
	BROADCAST off(SI), Y3 \
	FMA       Y0, Y3, x   \
	FMA       Y1, Y3, y   \
	FMA       Y2, Y3, z

#define STEP256(BROADCAST, FMA, MOVE, size) \
	MOVE       (DI), Y0                                \
	MOVE       32(DI), Y1                              \
	MOVE       64(DI), Y2                              \
	ROW256(BROADCAST, FMA, (0*size), Y4, Y5, Y6)       \
	ROW256(BROADCAST, FMA, (1*size), Y7, Y8, Y9)       \
	ROW256(BROADCAST, FMA, (2*size), Y10, Y11, Y12)    \
	ROW256(BROADCAST, FMA, (3*size), Y13, Y14, Y15)    \
	ADDQ       $(4*size), SI                           \
	ADDQ       $96, DI

#define END256(ADD, MOVE, x, y, z) \
	ADD  (DX), x, x     \
	ADD  32(DX), y, y   \
	ADD  64(DX), z, z   \
	MOVE x, (DX)        \
	MOVE y, 32(DX)      \
	MOVE z, 64(DX)      \
	ADDQ R8, DX

#define ZERO12 \
	ZERO3(Y4, Y5, Y6)    \
	ZERO3(Y7, Y8, Y9)    \
	ZERO3(Y10, Y11, Y12) \
	ZERO3(Y13, Y14, Y15)

#define END12(ADD, MOVE) \
	END256(ADD, MOVE, Y4, Y5, Y6)    \
	END256(ADD, MOVE, Y7, Y8, Y9)    \
	END256(ADD, MOVE, Y10, Y11, Y12) \
	END256(ADD, MOVE, Y13, Y14, Y15) \
	VZEROUPPER

// func tile4x12AVX2(k int, a, b, c *float64, ldc int)
TEXT ·tile4x12AVX2(SB), NOSPLIT, $0-40
	ARGS(3)
	ZERO12

double:
	STEP256(VBROADCASTSD, VFMADD231PD, VMOVUPD, 8)
	DECQ CX
	JNZ  double
	END12(VADDPD, VMOVUPD)
	RET

// func tile4x24AVX2(k int, a, b, c *float32, ldc int)
TEXT ·tile4x24AVX2(SB), NOSPLIT, $0-40
	ARGS(2)
	ZERO12

single:
	STEP256(VBROADCASTSS, VFMADD231PS, VMOVUPS, 4)
	DECQ CX
	JNZ  single
	END12(VADDPS, VMOVUPS)
	RET
