package main

import (
	"slices"
	"strings"
)

// plainYAML reads a document as yaml.YAMLToJSON does, if it is written in block style without anchors, tags and anything else on
// which readers differ; else it says that it cannot tell, and the library is asked. What templates print is nearly always
// plain, and reading it so costs a tenth.
func plainYAML(document []byte) (node plainNode, isPlain bool) {
	if len(document) == 0 || document[len(document)-1] != '\n' || !hasPlainLetters(document) {
		return plainNode{}, false
	}
	reader := plainReader{text: string(document), end: -1}
	if !reader.nextLine() {
		return plainNode{}, false
	}
	if reader.done {
		return plainNode{kind: plainLiteral, text: "null"}, true
	}
	node, isPlain = reader.block(0)
	if node.kind != plainMap && node.kind != plainList || !reader.done {
		return plainNode{}, false
	}
	return node, isPlain
}

type plainKind uint8

const (
	plainLiteral plainKind = iota
	plainText
	plainMap
	plainList
)

// plainNode is a value of a document.
type plainNode struct {
	kind plainKind
	// A text as it is, or a literal of JSON.
	text string
	// Of a mapping, by their keys.
	fields []plainField
	items  []plainNode
}

type plainField struct {
	key   string
	value plainNode
}

// get gives the value of a mapping's key; of something else it is a literal without text.
func (n plainNode) get(key string) plainNode {
	for _, field := range n.fields {
		if field.key == key {
			return field.value
		}
	}
	return plainNode{}
}

// isAbsent is true of nothing and null.
func (n plainNode) isAbsent() bool {
	return n.kind == plainLiteral && (n.text == "" || n.text == "null")
}

// plainReader stands at what a line holds: `at` in the text, `column` in the line, which ends at `end`. Whoever reads a value
// leaves it at the next line that holds something.
type plainReader struct {
	text    string
	at, end int
	column  int
	done    bool
}

// nextLine goes to the next line that holds something. It fails at what only the library understands.
func (r *plainReader) nextLine() bool {
	for r.end+1 < len(r.text) {
		start := r.end + 1
		r.end = start + strings.IndexByte(r.text[start:], '\n')
		r.at = start + leadingSpaces(r.text[start:r.end])
		if r.at == r.end || r.text[r.at] == '#' {
			continue
		}
		r.column = r.at - start
		line := r.text[start:r.end]
		isMarker := strings.HasPrefix(line, "---") || strings.HasPrefix(line, "...")
		return r.text[r.at] != '\t' && !isMarker
	}
	r.done = true
	return true
}

func leadingSpaces(line string) int {
	count := 0
	for count < len(line) && line[count] == ' ' {
		count++
	}
	return count
}

// rest is what the line still holds.
func (r *plainReader) rest() string { return r.text[r.at:r.end] }

func (r *plainReader) skipSpaces() { r.at += leadingSpaces(r.rest()) }

// isAtEnd is true where at most a comment follows; there is a space before.
func (r *plainReader) isAtEnd() bool { return r.at == r.end || r.text[r.at] == '#' }

func (r *plainReader) isAtDash() bool {
	return r.text[r.at] == '-' && (r.at+1 == r.end || r.text[r.at+1] == ' ')
}

// block reads what begins where the reader stands and reaches over the lines of its column.
func (r *plainReader) block(depth int) (plainNode, bool) {
	if depth > maxPlainDepth {
		return plainNode{}, false
	}
	if r.isAtDash() {
		return r.sequence(depth)
	}
	if _, _, isKey := r.key(); isKey {
		return r.mapping(depth)
	}
	return plainNode{}, false
}

func (r *plainReader) mapping(depth int) (plainNode, bool) {
	column := r.column
	node := plainNode{kind: plainMap}
	for {
		key, after, isKey := r.key()
		if !isKey {
			return plainNode{}, false
		}
		r.at = after
		r.skipSpaces()
		value, isPlain := r.valueOfKey(column, depth)
		if !isPlain {
			return plainNode{}, false
		}
		node.fields = append(node.fields, plainField{key, value})
		if r.done || r.column < column {
			return node, node.sortFields()
		}
		if r.column > column || r.isAtDash() {
			return plainNode{}, false
		}
	}
}

// sortFields fails where a key is there twice.
func (n *plainNode) sortFields() bool {
	slices.SortFunc(n.fields, func(a, b plainField) int { return strings.Compare(a.key, b.key) })
	for index := 1; index < len(n.fields); index++ {
		if n.fields[index].key == n.fields[index-1].key {
			return false
		}
	}
	return true
}

func (r *plainReader) valueOfKey(column, depth int) (plainNode, bool) {
	if !r.isAtEnd() {
		return r.scalar(column)
	}
	if !r.nextLine() {
		return plainNode{}, false
	}
	if !r.done && (r.column > column || r.column == column && r.isAtDash()) {
		return r.block(depth + 1)
	}
	return plainNode{kind: plainLiteral, text: "null"}, true
}

func (r *plainReader) sequence(depth int) (plainNode, bool) {
	column := r.column
	node := plainNode{kind: plainList}
	for {
		dash := r.at
		r.at++
		r.skipSpaces()
		item, isPlain := r.item(column, r.at-dash, depth)
		if !isPlain {
			return plainNode{}, false
		}
		node.items = append(node.items, item)
		if r.done || r.column < column || r.column == column && !r.isAtDash() {
			return node, true
		}
		if r.column > column {
			return plainNode{}, false
		}
	}
}

func (r *plainReader) item(column, offset, depth int) (plainNode, bool) {
	if r.isAtEnd() {
		if !r.nextLine() {
			return plainNode{}, false
		}
		if !r.done && r.column > column {
			return r.block(depth + 1)
		}
		return plainNode{kind: plainLiteral, text: "null"}, true
	}
	if _, _, isKey := r.key(); isKey || r.isAtDash() {
		r.column = column + offset
		return r.block(depth + 1)
	}
	return r.scalar(column)
}

// key reads the key of a mapping, and tells what comes after its colon.
func (r *plainReader) key() (key string, after int, isKey bool) {
	rest := r.rest()
	if quote := rest[0]; quote == '"' || quote == '\'' {
		length := strings.IndexByte(rest[1:], quote)
		if length < 0 || length > maxPlainKey || length+2 >= len(rest) || rest[length+2] != ':' {
			return "", 0, false
		}
		key = rest[1 : length+1]
		if strings.ContainsAny(key, "\\\t") || length+3 < len(rest) && rest[length+3] != ' ' {
			return "", 0, false
		}
		return key, r.at + length + 3, true
	}
	for index := 0; index < len(rest) && index <= maxPlainKey; index++ {
		letter := rest[index]
		if letter == ':' && index > 0 && (index+1 == len(rest) || rest[index+1] == ' ') {
			key, isKey = plainKeyOf(rest[:index])
			return key, r.at + index + 1, isKey
		}
		if !isWordLetter(letter) && letter != ':' {
			return "", 0, false
		}
	}
	return "", 0, false
}

// isWordLetter is true of letters that mean nothing to YAML, wherever they are.
func isWordLetter(letter byte) bool {
	return letter >= 'a' && letter <= 'z' || letter >= 'A' && letter <= 'Z' || letter >= '0' && letter <= '9' ||
		letter == '_' || letter == '.' || letter == '/' || letter == '-' || letter == '$' || letter == '(' || letter == ')' || letter == '+'
}

// hasPlainLetters is true of what all readers take for letters, spaces and line ends.
func hasPlainLetters(document []byte) bool {
	isASCII := true
	for _, letter := range document {
		if letter < ' ' && letter != '\n' && letter != '\t' || letter == 0x7F {
			return false
		}
		isASCII = isASCII && letter < 0x80
	}
	if isASCII {
		return true
	}
	for _, letter := range string(document) {
		// Replaced bytes, marks, and what YAML 1.1 takes for line ends.
		if letter >= 0x80 && (letter < 0xA0 || letter == '\u2028' || letter == '\u2029' || letter == '\uFEFF' || letter >= 0xFFFD && letter <= 0xFFFF) {
			return false
		}
	}
	return true
}

// plainJSON gives a document as yaml.YAMLToJSON does, or says that it cannot tell.
func plainJSON(document []byte) ([]byte, bool) {
	node, isPlain := plainYAML(document)
	if !isPlain {
		return nil, false
	}
	return node.json(len(document)), true
}
