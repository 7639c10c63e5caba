// Does with containers/storage's overlay driver, inside one process, what bench/layers.ts does with overlay2.
//
// main HOME LAYER.tar applies the layer once, as the base of all else. Then it reads one word a line from standard input
// and answers each with a line of two numbers, the wall and the processor time of the work in seconds:
//
//	apply    ApplyDiff to an empty layer
//	diff     Diff of the base
//	lives N  CreateReadWrite, Get, Put and Remove on the base, N times
//	holds N  Get and Put of a layer with a hundred below it, N times
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"
	"syscall"
	"time"

	graphdriver "github.com/containers/storage/drivers"
	_ "github.com/containers/storage/drivers/overlay"
	"github.com/containers/storage/pkg/reexec"
)

const depth = 100

type bench struct {
	driver graphdriver.Driver
	tar    string
	made   int
	deep   string
}

func main() {
	if reexec.Init() {
		return
	}
	home, tar := os.Args[1], os.Args[2]
	must(os.MkdirAll(home, 0o700))
	driver, err := graphdriver.GetDriver("overlay", graphdriver.Options{Root: home, RunRoot: home + "-run"})
	must(err)
	b := &bench{driver: driver, tar: tar}
	must(driver.Create("base", "", nil))
	b.applyTo("base")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var work string
		count := 1
		fmt.Sscan(lines.Text(), &work, &count)
		fmt.Println(b.cost(work, count))
	}
	must(driver.Cleanup())
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func (b *bench) cost(work string, count int) (wall, processor float64) {
	switch work {
	case "apply":
		id := b.newID()
		must(b.driver.Create(id, "", nil))
		defer b.driver.Remove(id)
		return measured(func() { b.applyTo(id) })
	case "diff":
		return measured(b.diff)
	case "lives":
		return measured(func() { times(count, b.live) })
	case "holds":
		b.makeDeep()
		return measured(func() { times(count, func() { b.hold(b.deep) }) })
	}
	log.Fatalf("no work is called %q", work)
	return
}

func times(count int, work func()) {
	for ; count > 0; count-- {
		work()
	}
}

func measured(work func()) (wall, processor float64) {
	before, start := processorTime(), time.Now()
	work()
	return time.Since(start).Seconds(), processorTime() - before
}

func processorTime() float64 {
	var own, children syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &own))
	must(syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children))
	spent := own.Utime.Nano() + own.Stime.Nano() + children.Utime.Nano() + children.Stime.Nano()
	return time.Duration(spent).Seconds()
}

func (b *bench) newID() string {
	b.made++
	return fmt.Sprintf("made-%d", b.made)
}

func (b *bench) applyTo(id string) {
	file, err := os.Open(b.tar)
	must(err)
	defer file.Close()
	_, err = b.driver.ApplyDiff(id, "", graphdriver.ApplyDiffOpts{Diff: file})
	must(err)
}

func (b *bench) diff() {
	archive, err := b.driver.Diff("base", nil, "", nil, "")
	must(err)
	_, err = io.Copy(io.Discard, archive)
	must(err)
	must(archive.Close())
}

func (b *bench) live() {
	id := b.newID()
	must(b.driver.CreateReadWrite(id, "base", nil))
	b.hold(id)
	must(b.driver.Remove(id))
}

func (b *bench) hold(id string) {
	_, err := b.driver.Get(id, graphdriver.MountOpts{})
	must(err)
	must(b.driver.Put(id))
}

func (b *bench) makeDeep() {
	if b.deep != "" {
		return
	}
	b.deep = "base"
	for n := 0; n < depth; n++ {
		id := b.newID()
		must(b.driver.Create(id, b.deep, nil))
		b.deep = id
	}
}
