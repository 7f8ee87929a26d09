#include "textflag.h"

// Micro-kernels: C += A·B for one tile of C that lives in registers.
//
//	func(k int, a, b, c *T, ldc int)
//
// a is a packed panel: for each of k steps a column of the tile's rows; b: for each step a row of the tile's columns; c is
// the tile, rows ldc elements apart. Each step loads one row of B (three vectors), and for each row of the tile one
// element of A, broadcast: 8 rows × 3 vectors keep 24 of the 32 AVX-512 registers as sums, 4 rows × 3 vectors 12 of
// the 16 AVX2 registers. With so many sums the multiply-add units never wait for an earlier result.

// ARGS loads the arguments; R8 becomes the distance of rows in bytes.
#define ARGS(shift) \
	MOVQ k+0(FP), CX    \
	MOVQ a+8(FP), SI    \
	MOVQ b+16(FP), DI   \
	MOVQ c+24(FP), DX   \
	MOVQ ldc+32(FP), R8 \
	SHLQ $shift, R8

// TOUCH asks for a tile row that the end of the kernel adds to: by then it is in the cache.
#define TOUCH(row) \
	PREFETCHT0 (row)    \
	PREFETCHT0 64(row)  \
	PREFETCHT0 128(row)

#define ZERO3(x, y, z) \
	VXORPD x, x, x \
	VXORPD y, y, y \
	VXORPD z, z, z

// ROW512 multiplies element off of A's column with the row of B in Z0 to Z2.
#define ROW512(BROADCAST, FMA, off, bc, x, y, z) \
	BROADCAST off(SI), bc \
	FMA       Z0, bc, x   \
	FMA       Z1, bc, y   \
	FMA       Z2, bc, z

#define STEP512(BROADCAST, FMA, MOVE, size) \
	MOVE       (DI), Z0                                    \
	MOVE       64(DI), Z1                                  \
	MOVE       128(DI), Z2                                 \
	PREFETCHT0 768(DI)                                     \
	PREFETCHT0 832(DI)                                     \
	PREFETCHT0 896(DI)                                     \
	ROW512(BROADCAST, FMA, (0*size), Z3, Z8, Z9, Z10)      \
	ROW512(BROADCAST, FMA, (1*size), Z4, Z11, Z12, Z13)    \
	ROW512(BROADCAST, FMA, (2*size), Z5, Z14, Z15, Z16)    \
	ROW512(BROADCAST, FMA, (3*size), Z6, Z17, Z18, Z19)    \
	ROW512(BROADCAST, FMA, (4*size), Z3, Z20, Z21, Z22)    \
	ROW512(BROADCAST, FMA, (5*size), Z4, Z23, Z24, Z25)    \
	ROW512(BROADCAST, FMA, (6*size), Z5, Z26, Z27, Z28)    \
	ROW512(BROADCAST, FMA, (7*size), Z6, Z29, Z30, Z31)    \
	ADDQ       $(8*size), SI                               \
	ADDQ       $192, DI

// END512 adds one row of sums to the tile and goes to the next row.
#define END512(ADD, MOVE, x, y, z) \
	ADD  (DX), x, x      \
	ADD  64(DX), y, y    \
	ADD  128(DX), z, z   \
	MOVE x, (DX)         \
	MOVE y, 64(DX)       \
	MOVE z, 128(DX)      \
	ADDQ R8, DX

#define TOUCH8 \
	LEAQ (R8)(R8*2), R10  \
	LEAQ (DX)(R8*4), R11  \
	TOUCH(DX)             \
	LEAQ (DX)(R8*1), R9   \
	TOUCH(R9)             \
	LEAQ (DX)(R8*2), R9   \
	TOUCH(R9)             \
	LEAQ (DX)(R10*1), R9  \
	TOUCH(R9)             \
	TOUCH(R11)            \
	LEAQ (R11)(R8*1), R9  \
	TOUCH(R9)             \
	LEAQ (R11)(R8*2), R9  \
	TOUCH(R9)             \
	LEAQ (R11)(R10*1), R9 \
	TOUCH(R9)

#define ZERO24 \
	ZERO3(Z8, Z9, Z10)   \
	ZERO3(Z11, Z12, Z13) \
	ZERO3(Z14, Z15, Z16) \
	ZERO3(Z17, Z18, Z19) \
	ZERO3(Z20, Z21, Z22) \
	ZERO3(Z23, Z24, Z25) \
	ZERO3(Z26, Z27, Z28) \
	ZERO3(Z29, Z30, Z31)

#define END24(ADD, MOVE) \
	END512(ADD, MOVE, Z8, Z9, Z10)   \
	END512(ADD, MOVE, Z11, Z12, Z13) \
	END512(ADD, MOVE, Z14, Z15, Z16) \
	END512(ADD, MOVE, Z17, Z18, Z19) \
	END512(ADD, MOVE, Z20, Z21, Z22) \
	END512(ADD, MOVE, Z23, Z24, Z25) \
	END512(ADD, MOVE, Z26, Z27, Z28) \
	END512(ADD, MOVE, Z29, Z30, Z31) \
	VZEROUPPER

// func tile8x24AVX512(k int, a, b, c *float64, ldc int)
TEXT ·tile8x24AVX512(SB), NOSPLIT, $0-40
	ARGS(3)
	TOUCH8
	ZERO24

double:
	STEP512(VBROADCASTSD, VFMADD231PD, VMOVUPD, 8)
	DECQ CX
	JNZ  double
	END24(VADDPD, VMOVUPD)
	RET

// func tile8x48AVX512(k int, a, b, c *float32, ldc int)
TEXT ·tile8x48AVX512(SB), NOSPLIT, $0-40
	ARGS(2)
	TOUCH8
	ZERO24

single:
	STEP512(VBROADCASTSS, VFMADD231PS, VMOVUPS, 4)
	DECQ CX
	JNZ  single
	END24(VADDPS, VMOVUPS)
	RET

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
