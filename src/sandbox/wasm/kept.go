package main

import (
	"container/list"
	"hash/maphash"
)

// Texts that are known to have been asked for once: a number each.
const maxSeen = 16_384

// keptValues remembers what was made of a text, for the renderings to come: by all of it, up to a number of bytes, those that were not used
// for longest leave first. What is kept never changes; who changes it takes a copy. What only one app has is asked for once, and keeping it
// would cost each collection of garbage: who asks a second time keeps it.
type keptValues[Key comparable, Value any] struct {
	most, bytes int
	entries     map[Key]*list.Element
	used        *list.List
	seed        maphash.Seed
	seen        map[uint64]bool
}

type keptEntry[Key comparable, Value any] struct {
	key   Key
	value Value
	bytes int
}

func newKeptValues[Key comparable, Value any](most int) *keptValues[Key, Value] {
	return &keptValues[Key, Value]{most: most, entries: map[Key]*list.Element{}, used: list.New(), seed: maphash.MakeSeed(), seen: map[uint64]bool{}}
}

func (k *keptValues[Key, Value]) get(key Key) (value Value, isKept bool) {
	element, isKept := k.entries[key]
	if !isKept {
		return value, false
	}
	k.used.MoveToFront(element)
	return element.Value.(*keptEntry[Key, Value]).value, true
}

// isAskedAgain notes that somebody asked for it in vain, and says whether somebody did before; it may be true without need.
func (k *keptValues[Key, Value]) isAskedAgain(key Key) bool {
	number := maphash.Comparable(k.seed, key)
	if k.seen[number] {
		return true
	}
	if len(k.seen) >= maxSeen {
		clear(k.seen)
	}
	k.seen[number] = true
	return false
}

// put keeps a value that is not kept yet; what is larger than all may be is not kept.
func (k *keptValues[Key, Value]) put(key Key, value Value, bytes int) {
	if bytes > k.most {
		return
	}
	k.entries[key] = k.used.PushFront(&keptEntry[Key, Value]{key, value, bytes})
	k.bytes += bytes
	for k.bytes > k.most {
		oldest := k.used.Back()
		entry := k.used.Remove(oldest).(*keptEntry[Key, Value])
		delete(k.entries, entry.key)
		k.bytes -= entry.bytes
	}
}
