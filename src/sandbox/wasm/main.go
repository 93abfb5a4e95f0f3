// rand.Seed (below) has no effect since Go 1.24 unless it is asked for.
//go:debug randseednop=0

// Upstream's Go code as one WebAssembly reactor: `call` takes a function's name and its JSON, and answers JSON. There is
// no file system, network, environment or process; what a function may read comes from the host (host.go).
//
// A function is one file that registers itself:
//
//	func init() { register("jq", runJq) }
//	func runJq(input jqInput) (jqOutput, error) { … }
package main

import (
	"runtime"
	"runtime/debug"
	"unsafe"
)

// Flags of what `call` returns.
const (
	flagFailed    int32 = 1
	flagUsedWorld int32 = 2
)

var (
	inbox  []byte
	outbox []byte
)

// The collector works harder before the memory that the host allows (build.ts) is used up, rather than trap.
const softMemoryLimit = 540 << 20

// A collection marks all that upstream's packages keep, which is more than most renderings use: rarer ones cost less. Beyond this
// instances of large charts grow past what the host keeps (sandbox.ts).
const collectorPercent = 200

// Go asks for memory in pieces of half a megabyte, and V8 takes each growth for so much more garbage as there is memory: it collected its own
// heap nearly as often as something was rendered. What is taken at once and given back is there for whatever comes; pages that nothing was
// written to take no memory.
const heapBytes = 96 << 20

var heap []byte

func init() {
	debug.SetMemoryLimit(softMemoryLimit)
	debug.SetGCPercent(collectorPercent)
	heap = make([]byte, heapBytes)
	heap = nil
	runtime.GC()
}

func main() {}

//go:wasmexport reserve
func reserve(size int32) unsafe.Pointer {
	inbox = make([]byte, max(size, 1))
	return unsafe.Pointer(unsafe.SliceData(inbox))
}

// The inbox holds the name, then the input. `seed` is for what asks math/rand; crypto/rand and the clock are the host's.
//
//go:wasmexport call
func call(nameLength int32, inputLength int32, seed int64) (flags int32) {
	beginWorld(seed)
	name := string(inbox[:nameLength])
	input := inbox[nameLength : nameLength+inputLength]
	inbox = nil
	output, failed := dispatch(name, input)
	outbox = output
	if failed {
		flags |= flagFailed
	}
	if world.used {
		flags |= flagUsedWorld
	}
	return flags
}

//go:wasmexport output_pointer
func outputPointer() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(outbox)) }

//go:wasmexport output_length
func outputLength() int32 { return int32(len(outbox)) }

// The answer was copied: let it be collected.
//
//go:wasmexport release
func releaseOutput() { outbox = nil }
