package main

import "testing"

func TestWhatIsAskedForOnceIsNotKept(t *testing.T) {
	kept := newKeptValues[string, int](10)
	if kept.isAskedAgain("one") {
		t.Error("the first who asks is told that somebody asked before")
	}
	if !kept.isAskedAgain("one") {
		t.Error("the second who asks is not told that somebody asked before")
	}
	kept.put("one", 1, 6)
	if value, isKept := kept.get("one"); !isKept || value != 1 {
		t.Errorf("it is not kept: %v, %v", value, isKept)
	}
	kept.put("two", 2, 6)
	if _, isKept := kept.get("one"); isKept {
		t.Error("more is kept than may be")
	}
}

func TestWhatWasAskedForIsForgottenSomeDay(t *testing.T) {
	kept := newKeptValues[int, int](10)
	for number := range 3 * maxSeen {
		kept.isAskedAgain(number)
		if len(kept.seen) > maxSeen {
			t.Fatalf("%d numbers are remembered", len(kept.seen))
		}
	}
}
