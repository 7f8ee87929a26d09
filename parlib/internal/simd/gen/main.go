// Gen writes the assembly of package simd, and its portable twin, from one description: functions.go says how each
// function of an element is computed, kernels.go lists them, reductions.go sums and finds extremes.
//
//	go generate ./parlib/internal/simd
package main

import (
	"bytes"
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

func main() {
	out := ".."
	write(out, "ops_gen.go", opTable())
	write(out, "portable_gen.go", portableFile())
	write(out, "portable_table_gen.go", kernelTable("Portable"))
	for _, t := range []struct {
		target
		file string
	}{{avx2, "avx2"}, {avx512, "avx512"}} {
		a := newAssembler(t.target)
		for _, single := range []bool{false, true} {
			for _, k := range kernels {
				a.elementwise(k, single)
			}
			a.reductions(single)
		}
		if t.target == avx2 {
			a.stream()
			a.fence()
		}
		file, err := a.Result()
		if err == nil {
			err = pass.Compile.Execute(file)
		}
		if err != nil {
			log.Fatalf("%s: %v", t.name, err)
		}
		cfg := printer.Config{Name: "gen", Pkg: "simd"}
		write(out, t.file+"_amd64.s", print(printer.NewGoAsm(cfg), file))
		write(out, t.file+"_amd64.go", print(printer.NewStubs(cfg), file))
		write(out, t.file+"_table_amd64.go", kernelTable(t.name))
	}
}

func print(p printer.Printer, file *ir.File) []byte {
	src, err := p.Print(file)
	if err != nil {
		log.Fatal(err)
	}
	return bytes.TrimLeft(src, "\n")
}

func write(folder, name string, content []byte) {
	if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
		log.Fatal(err)
	}
}
