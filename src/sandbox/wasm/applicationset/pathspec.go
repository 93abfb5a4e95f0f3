package applicationset

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// pathspec is a pattern as `git ls-files` takes it (gitglossary, "pathspec"): a path, all below a folder, or a glob whose `*`
// crosses '/'.
type pathspec struct {
	text    string
	glob    *regexp.Regexp
	exclude bool
	ignore  bool // case
}

// parsePathspec knows the magic words top, literal, glob, icase and exclude.
func parsePathspec(given string) (pathspec, error) {
	magic, text, err := splitMagic(given)
	if err != nil {
		return pathspec{}, err
	}
	has := func(word string) bool { return slices.Contains(magic, word) }
	if has("literal") && has("glob") {
		return pathspec{}, fmt.Errorf("%s: 'literal' and 'glob' are incompatible", given)
	}
	if text, err = insideRepository(text); err != nil {
		return pathspec{}, err
	}
	spec := pathspec{text: text, exclude: has("exclude"), ignore: has("icase")}
	if !has("literal") && strings.ContainsAny(text, `*?[\`) {
		spec.glob = compileGlob(text, has("glob"), spec.ignore)
	}
	return spec, nil
}

var shortMagic = map[byte]string{'/': "top", '!': "exclude", '^': "exclude"}

func splitMagic(given string) (magic []string, text string, err error) {
	if !strings.HasPrefix(given, ":") {
		return nil, given, nil
	}
	if long, isLong := strings.CutPrefix(given, ":("); isLong {
		words, rest, closed := strings.Cut(long, ")")
		if !closed {
			return nil, "", fmt.Errorf("missing ')' at the end of pathspec magic in '%s'", given)
		}
		for _, word := range strings.FieldsFunc(words, func(char rune) bool { return char == ',' }) {
			if !slices.Contains([]string{"top", "literal", "glob", "icase", "exclude"}, word) {
				return nil, "", fmt.Errorf("invalid or unsupported pathspec magic '%s' in '%s'", word, given)
			}
			magic = append(magic, word)
		}
		return magic, rest, nil
	}
	rest := given[1:]
	for rest != "" && shortMagic[rest[0]] != "" {
		magic, rest = append(magic, shortMagic[rest[0]]), rest[1:]
	}
	// ":" alone is no pathspec at all, which chooses everything.
	return magic, strings.TrimPrefix(rest, ":"), nil
}

// insideRepository removes "./" and resolves "..". A '/' at the end stays: only a folder has that.
func insideRepository(text string) (string, error) {
	if strings.HasPrefix(text, "/") {
		return "", fmt.Errorf("%s: '%s' is outside repository", text, text)
	}
	var kept []string
	for _, part := range strings.Split(text, "/") {
		switch part {
		case "", ".":
		case "..":
			if len(kept) == 0 {
				return "", errors.New(text + ": is outside repository")
			}
			kept = kept[:len(kept)-1]
		default:
			kept = append(kept, part)
		}
	}
	joined := strings.Join(kept, "/")
	if joined != "" && (strings.HasSuffix(text, "/") || strings.HasSuffix(text, "/.")) {
		joined += "/"
	}
	return joined, nil
}

func (p pathspec) matches(name string) bool { return p.chooses(name) != p.exclude }

func (p pathspec) chooses(name string) bool {
	text, folded := p.text, name
	if p.ignore {
		text, folded = strings.ToLower(text), strings.ToLower(name)
	}
	if text == "" || folded == text {
		return true
	}
	// A glob is tried as a path first: a folder may well be called "[x]".
	if strings.HasPrefix(folded, strings.TrimSuffix(text, "/")+"/") {
		return true
	}
	return p.glob != nil && p.glob.MatchString(latin1(name))
}

// folder is the deepest one below which all that can match lies.
func (p pathspec) folder() string {
	if p.exclude || p.ignore {
		return ""
	}
	return literalFolder(p.literal())
}

// literal is what every match begins with.
func (p pathspec) literal() string {
	if p.glob == nil {
		return p.text
	}
	return p.text[:strings.IndexAny(p.text, `*?[\`)]
}

// mayHold: something below the folder may match.
func (p pathspec) mayHold(folder string) bool {
	if p.exclude || p.ignore {
		return true
	}
	within, literal := folder+"/", strings.TrimSuffix(p.literal(), "/")
	return strings.HasPrefix(within, literal) || strings.HasPrefix(literal, within)
}

// compileGlob translates Git's wildmatch, which looks at bytes. With crossing off (the magic word glob) `*` and `?` stop at
// '/', and `**` between slashes does not. A bracket that is not closed matches nothing.
func compileGlob(glob string, stopAtSlash, ignoreCase bool) *regexp.Regexp {
	any, one := `.*`, `.`
	if stopAtSlash {
		any, one = `[^/]*`, `[^/]`
	}
	var pattern strings.Builder
	pattern.WriteString(`(?s`)
	if ignoreCase {
		pattern.WriteString(`i`)
	}
	pattern.WriteString(`)\A`)
	for at := 0; at < len(glob); {
		rest := glob[at:]
		atSegment := at == 0 || glob[at-1] == '/'
		switch {
		case stopAtSlash && atSegment && strings.HasPrefix(rest, "**/"):
			pattern.WriteString(`(?:.*/)?`)
			at += 3
		case stopAtSlash && atSegment && rest == "**":
			pattern.WriteString(`.*`)
			at += 2
		case rest[0] == '*':
			pattern.WriteString(any)
			at += len(rest) - len(strings.TrimLeft(rest, "*"))
		case rest[0] == '?':
			pattern.WriteString(one)
			at++
		case rest[0] == '[':
			class, length := bracketClass(rest, stopAtSlash)
			if length == 0 {
				return matchesNothing
			}
			pattern.WriteString(class)
			at += length
		default:
			if rest[0] == '\\' && len(rest) > 1 {
				at++
			}
			pattern.WriteString(regexp.QuoteMeta(latin1(glob[at : at+1])))
			at++
		}
	}
	compiled, err := regexp.Compile(pattern.String() + `\z`)
	if err != nil {
		return matchesNothing
	}
	return compiled
}

var matchesNothing = regexp.MustCompile(`[^\x00-\x{10FFFF}]`)

var namedClass = regexp.MustCompile(`\A\[:(alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit):\]`)

// bracketClass translates `[...]` at the beginning of text; length is 0 when it is not closed.
func bracketClass(text string, stopAtSlash bool) (class string, length int) {
	var inner strings.Builder
	at, negated := 1, false
	if at < len(text) && (text[at] == '!' || text[at] == '^') {
		negated = true
		at++
	}
	for first := true; ; first = false {
		if at >= len(text) {
			return "", 0
		}
		if text[at] == ']' && !first {
			break
		}
		if name := namedClass.FindString(text[at:]); name != "" {
			inner.WriteString(name)
			at += len(name)
			continue
		}
		low, next := classByte(text, at)
		high := low
		if next+1 < len(text) && text[next] == '-' && text[next+1] != ']' {
			high, next = classByte(text, next+1)
		}
		if next > len(text) {
			return "", 0
		}
		if low <= high {
			fmt.Fprintf(&inner, `\x{%x}-\x{%x}`, low, high)
		}
		at = next
	}
	switch {
	case inner.Len() == 0 && negated:
		class = `.`
	case inner.Len() == 0:
		class = `[^\x00-\x{10FFFF}]`
	case negated && stopAtSlash:
		class = `[^/` + inner.String() + `]`
	case negated:
		class = `[^` + inner.String() + `]`
	default:
		class = `[` + inner.String() + `]`
	}
	return class, at + 1
}

func classByte(text string, at int) (char byte, next int) {
	if text[at] == '\\' {
		at++
	}
	if at >= len(text) {
		return 0, len(text) + 1
	}
	return text[at], at + 1
}

// latin1 makes each byte a character, so that `?` matches a byte.
func latin1(text string) string {
	runes := make([]rune, len(text))
	for index := range len(text) {
		runes[index] = rune(text[index])
	}
	return string(runes)
}
