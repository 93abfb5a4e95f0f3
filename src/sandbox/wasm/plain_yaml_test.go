package main

import (
	"bytes"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// assertReadAlike fails where the short way gives something else than the library, and tells whether it was taken.
func assertReadAlike(t *testing.T, document string) bool {
	t.Helper()
	short, isPlain := plainJSON([]byte(document))
	if !isPlain {
		return false
	}
	// What begins a stream has a separator in front.
	document = "---\n" + document
	long, err := yaml.YAMLToJSON([]byte(document))
	if err != nil || !bytes.Equal(short, long) {
		t.Fatalf("%q\nshort:   %s\nlibrary: %s %v", document, short, long, err)
	}
	return true
}

var yamlParts = []string{
	"a", "b", "key", "1", "0", "12", "1.5", "1.0", "0.1", "010", "1e3", "0x1F", "1_000", "1.2.3", "v1.2", "+_0", "-_1", "+_.5", "+1", "-1", "-0", "--x", "-x", "12:30", "2020-01-01", "10Mi", "5m", "3f2a", ".5", ".a", ".", "..",
	"true", "True", "yes", "no", "on", "off", "y", "n", "null", "~", "Null", ".inf", "-.inf", ".nan", "<<", "=", "é", "–", "/x", "$(A)", "(b)", "_", "a b", "a  b", "it's", `a"b`, "a:b", "a#b", "http://x.y/z", "a,b", "{{ x }}", "*a", "&a x", "!x", "!!str 1", "@a", "%a", "`", "?", "? a", ":", ": a", "-", "- ", "- a", "#", " # c", " #", "# c",
	`"`, `'`, `""`, `''`, `"a"`, `'a'`, `"1"`, `'true'`, `"a\nb"`, `"a\"b"`, `"\t"`, `"\u00e9"`, `"\ "`, `'it''s'`, `"a: b"`, `'a # b'`, `"a`, `'a`, `a"`, `a'`, "{}", "[]", "[a, b]", "[a,b]", "[1, \"x\", ]", "{a: b}", "{a: b, c: [d]}", `{"a": 1}`, `{"a":1}`, "[[]]", "[ a ]", "{ }", "[a", "{a: }", "[- a]", "{n: 1}", "{1: a}", "{null: a}", "{'a': b}", "[a: b]",
	"|", "|-", "|+", ">", ">-", ">+", "|2", "| # c", ">  ", "---", "...", "\t", "\\", "<", ">", "&", "",
}

var yamlLines = []string{"%k: %v", "%k: %v", "%k:", "%k: %v # c", "- %v", "- %k: %v", "-", "- - %v", "- %k:", "-   %k: %v", "%v", "%v", "", "  ", "# c", "%k : %v", `"%k": %v`, `'%k': %v`, "%k:  %v  ", "%k:%v", "%v: %v", "%v: %v", "\t%v"}

func randomDocument(random *rand.Rand) string {
	var text strings.Builder
	column := 0
	for range 1 + random.Intn(9) {
		line := yamlLines[random.Intn(len(yamlLines))]
		for strings.Contains(line, "%v") {
			line = strings.Replace(line, "%v", yamlParts[random.Intn(len(yamlParts))], 1)
		}
		line = strings.ReplaceAll(line, "%k", string(rune('a'+random.Intn(6))))
		switch random.Intn(5) {
		case 0, 1:
			column += random.Intn(3)
		case 2:
			column = max(0, column-random.Intn(4))
		}
		text.WriteString(strings.Repeat(" ", column))
		text.WriteString(line)
		text.WriteByte('\n')
	}
	return text.String()
}

func TestRandomDocumentsAreReadAlike(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	short := 0
	for range 300_000 {
		if assertReadAlike(t, randomDocument(random)) {
			short++
		}
	}
	if short < 10_000 {
		t.Fatalf("only %d documents went the short way", short)
	}
}

// corpusDocuments are the YAML files of the tests' corpus.
func corpusDocuments(t *testing.T) []string {
	t.Helper()
	var documents []string
	err := filepath.WalkDir("../../../test/render/corpus", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, document := range strings.Split(string(text), "\n---\n") {
			documents = append(documents, document+"\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

func TestDamagedDocumentsAreReadAlike(t *testing.T) {
	random := rand.New(rand.NewSource(2))
	documents := corpusDocuments(t)
	undamaged, short := 0, 0
	for _, document := range documents {
		if assertReadAlike(t, document) {
			undamaged++
		}
		lines := strings.SplitAfter(document, "\n")
		if len(lines) > 60 {
			from := random.Intn(len(lines) - 60)
			lines = lines[from : from+60]
		}
		for range 200 {
			damaged := append([]string{}, lines...)
			for range 1 + random.Intn(3) {
				at := random.Intn(len(damaged))
				damaged[at] = damagedLine(random, damaged[at], lines)
			}
			if assertReadAlike(t, strings.Join(damaged, "")) {
				short++
			}
		}
	}
	t.Logf("%d of %d files, %d damaged ones", undamaged, len(documents), short)
	if short < 10_000 {
		t.Fatalf("only %d documents went the short way", short)
	}
}

func damagedLine(random *rand.Rand, line string, lines []string) string {
	cut := random.Intn(len(line) + 1)
	part := yamlParts[random.Intn(len(yamlParts))]
	switch random.Intn(7) {
	case 0:
		return ""
	case 1:
		return line[:cut] + part + line[cut:]
	case 2:
		return line[cut:]
	case 3:
		return strings.Repeat(" ", random.Intn(4)) + line
	case 4:
		return line + lines[random.Intn(len(lines))]
	case 5:
		return line[:cut] + "\n"
	default:
		return line[:cut] + "\n" + strings.Repeat(" ", random.Intn(8)) + line[cut:]
	}
}
