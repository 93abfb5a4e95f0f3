package main

// givenWorld is what one call knows of randomness. A function that lets randomness, the clock or the order of a Go map
// into its output calls useWorld, so that the host renders again with another world and sees what changes.
type givenWorld struct {
	seed int64
	used bool
	// How often a template asked for what may be different each time in the same world.
	draws int
}

var world givenWorld

func useWorld() {
	world.used = true
	world.draws++
}
