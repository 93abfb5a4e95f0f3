package main

import "math/rand"

// givenWorld is what one call knows of randomness. A function that lets randomness, the clock or the order of a Go map
// into its output calls useWorld, so that the host renders again with another world and sees what changes.
type givenWorld struct {
	seed int64
	used bool
	// How often a template asked for what may be different each time in the same world.
	draws int
}

var world givenWorld

// beginWorld: the random numbers of a call begin with its seed.
func beginWorld(seed int64) {
	//nolint:staticcheck // sprig uses the global source, and there is no other way to seed that.
	rand.Seed(seed)
	world = givenWorld{seed: seed}
}

func useWorld() {
	world.used = true
	world.draws++
}
