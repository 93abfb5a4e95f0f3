package main

import "strings"

// flow reads lists and mappings in brackets, if they are words and quotes on one line.
func (r *plainReader) flow(depth int) (plainNode, bool) {
	open := r.text[r.at]
	node := plainNode{kind: plainList}
	closing := byte(']')
	if open == '{' {
		node.kind, closing = plainMap, '}'
	}
	r.at++
	r.skipSpaces()
	if r.at < r.end && r.text[r.at] == closing {
		r.at++
		return node, true
	}
	for depth < maxPlainDepth {
		var field plainField
		isPlain := true
		if open == '{' {
			if field.key, isPlain = r.flowKey(); !isPlain {
				return plainNode{}, false
			}
		}
		if field.value, isPlain = r.flowValue(depth); !isPlain {
			return plainNode{}, false
		}
		if open == '{' {
			node.fields = append(node.fields, field)
		} else {
			node.items = append(node.items, field.value)
		}
		r.skipSpaces()
		if r.at == r.end {
			return plainNode{}, false
		}
		next := r.text[r.at]
		r.at++
		if next == closing {
			return node, node.sortFields()
		}
		if next != ',' {
			return plainNode{}, false
		}
		r.skipSpaces()
	}
	return plainNode{}, false
}

func (r *plainReader) flowKey() (key string, isPlain bool) {
	if r.at < r.end && (r.text[r.at] == '\'' || r.text[r.at] == '"') {
		var node plainNode
		node, isPlain = r.flowValue(maxPlainDepth)
		key = node.text
	} else if word := r.word(); word != "" {
		key, isPlain = plainKeyOf(word)
	}
	if !isPlain || len(key) > maxPlainKey || !strings.HasPrefix(r.rest(), ": ") {
		return "", false
	}
	r.at++
	r.skipSpaces()
	return key, true
}

// word reads letters that mean nothing to YAML; there is none where a dash is alone.
func (r *plainReader) word() string {
	start := r.at
	for r.at < r.end && isWordLetter(r.text[r.at]) {
		r.at++
	}
	if word := r.text[start:r.at]; word != "-" {
		return word
	}
	return ""
}

func (r *plainReader) flowValue(depth int) (plainNode, bool) {
	if r.at == r.end {
		return plainNode{}, false
	}
	switch first := r.text[r.at]; first {
	case '[', '{':
		if depth >= maxPlainDepth {
			return plainNode{}, false
		}
		return r.flow(depth + 1)
	case '\'', '"':
		r.at++
		length := r.quotedLength(first)
		if r.at+length == r.end {
			return plainNode{}, false
		}
		var text strings.Builder
		isPlain := writeUnescaped(&text, r.text[r.at:r.at+length], first)
		r.at += length + 1
		return plainNode{kind: plainText, text: text.String()}, isPlain
	default:
		if word := r.word(); word != "" {
			return resolvePlain(word)
		}
		return plainNode{}, false
	}
}
