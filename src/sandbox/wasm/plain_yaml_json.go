package main

import "bytes"

// json is what json.Marshal makes of the same value; size: of its YAML.
func (n plainNode) json(size int) []byte {
	return n.appendJSON(bytes.NewBuffer(make([]byte, 0, size+size/4))).Bytes()
}

// appendJSON writes what json.Marshal makes of the same value.
func (n plainNode) appendJSON(out *bytes.Buffer) *bytes.Buffer {
	switch n.kind {
	case plainText:
		appendJSONText(out, n.text)
	case plainMap:
		out.WriteByte('{')
		for index, field := range n.fields {
			if index > 0 {
				out.WriteByte(',')
			}
			appendJSONText(out, field.key)
			out.WriteByte(':')
			field.value.appendJSON(out)
		}
		out.WriteByte('}')
	case plainList:
		out.WriteByte('[')
		for index, item := range n.items {
			if index > 0 {
				out.WriteByte(',')
			}
			item.appendJSON(out)
		}
		out.WriteByte(']')
	default:
		out.WriteString(n.text)
	}
	return out
}

const hexDigits = "0123456789abcdef"

// appendJSONText writes a text of letters that hasPlainLetters lets through.
func appendJSONText(out *bytes.Buffer, text string) {
	out.WriteByte('"')
	start := 0
	for index := 0; index < len(text); index++ {
		letter := text[index]
		if letter >= ' ' && letter != '"' && letter != '\\' && letter != '<' && letter != '>' && letter != '&' {
			continue
		}
		out.WriteString(text[start:index])
		start = index + 1
		switch letter {
		case '"', '\\':
			out.WriteByte('\\')
			out.WriteByte(letter)
		case '\n':
			out.WriteString(`\n`)
		case '\t':
			out.WriteString(`\t`)
		default:
			out.WriteString(`\u00`)
			out.WriteByte(hexDigits[letter>>4])
			out.WriteByte(hexDigits[letter&15])
		}
	}
	out.WriteString(text[start:])
	out.WriteByte('"')
}
