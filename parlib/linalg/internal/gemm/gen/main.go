// Gen writes the AVX-512 kernels of package gemm: tile.go says how a tile is multiplied, pack.go how operands are packed.
//
//	go generate ./parlib/linalg/internal/gemm
package main

import (
	"bytes"
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

func main() {
	ctx := build.NewContext()
	ctx.ConstraintExpr("amd64")
	for _, e := range []element{float64s(ctx), float32s(ctx)} {
		for rows := 1; rows <= tileRows; rows++ {
			e.tile(rows)
		}
		for rows := 1; rows <= groupRows; rows++ {
			e.across(rows)
		}
		e.along()
	}
	file, err := ctx.Result()
	if err == nil {
		err = pass.Compile.Execute(file)
	}
	if err != nil {
		log.Fatal(err)
	}
	cfg := printer.Config{Name: "gen", Pkg: "gemm"}
	for name, p := range map[string]printer.Printer{"avx512_amd64.s": printer.NewGoAsm(cfg), "avx512_amd64.go": printer.NewStubs(cfg)} {
		src, err := p.Print(file)
		if err == nil {
			err = os.WriteFile(filepath.Join("..", name), bytes.TrimLeft(src, "\n"), 0o644)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}
