package main

// Packages that the process does not have: they stay whole, next to stubs of those it has.

import (
	"container/heap"
	"encoding/csv"
	"fmt"
	"go/parser"
	"math/big"
	"os/user"
	"regexp"
	"strings"
	"text/template"
)

type queue []int

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i] < q[j] }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(int)) }
func (q *queue) Pop() any          { o := *q; x := o[len(o)-1]; *q = o[:len(o)-1]; return x }

func Run() {
	fmt.Println("== foreign")
	me, err := user.Current() // has C code
	fmt.Println(me.Uid, err)
	_, err = user.Lookup("nobody at all")
	fmt.Println(err)
	q := &queue{3, 1, 2}
	heap.Init(q)
	fmt.Println(heap.Pop(q), *q)
	fmt.Println(regexp.MustCompile(`(\w+)@(\w+)`).FindStringSubmatch("me@home"))
	fmt.Println(new(big.Int).Exp(big.NewInt(3), big.NewInt(100), nil))
	rows, err := csv.NewReader(strings.NewReader("a,b\nc,d")).ReadAll()
	fmt.Println(rows, err)
	var b strings.Builder
	err = template.Must(template.New("t").Parse("{{range .}}<{{.}}>{{end}}")).Execute(&b, []int{1, 2})
	fmt.Println(b.String(), err)
	_, err = parser.ParseExpr("1 +")
	fmt.Println(err)
}
