package main

import "strings"

// scalar reads what follows a key or a dash on its line and, if it is a text of several lines, below: deeper than column.
func (r *plainReader) scalar(column int) (plainNode, bool) {
	switch first := r.text[r.at]; first {
	case '|', '>':
		return r.blockScalar(column)
	case '\'', '"':
		return r.quoted(column)
	case '[', '{':
		node, isPlain := r.flow(0)
		return node, isPlain && r.endLine()
	default:
		if !isWordLetter(first) && first < 0x80 || r.isAtDash() {
			return plainNode{}, false
		}
		return r.plainLines(column)
	}
}

// endLine goes on from a value that has to be the last on its line.
func (r *plainReader) endLine() bool {
	rest := r.rest()
	spaces := leadingSpaces(rest)
	if spaces < len(rest) && (spaces == 0 || rest[spaces] != '#') {
		return false
	}
	return r.nextLine()
}

// plainLines reads a text without quotes.
func (r *plainReader) plainLines(column int) (plainNode, bool) {
	line, comment, hasComment := strings.Cut(r.rest(), " #")
	if hasComment && strings.HasPrefix(comment, "\t") || !isPlainLine(line) {
		return plainNode{}, false
	}
	text := strings.TrimRight(line, " ")
	if !hasComment {
		var isPlain bool
		if text, isPlain = r.folded(column, text); !isPlain {
			return plainNode{}, false
		}
	}
	node, isPlain := resolvePlain(text)
	return node, isPlain && r.nextLine()
}

func isPlainLine(line string) bool {
	return !strings.Contains(line, ": ") && !strings.HasSuffix(line, ":") && strings.IndexByte(line, '\t') < 0
}

// folded adds the lines below that are deeper than column.
func (r *plainReader) folded(column int, text string) (string, bool) {
	var lines *strings.Builder
	blanks := 0
	for end := r.end; end+1 < len(r.text); {
		start := end + 1
		end = start + strings.IndexByte(r.text[start:], '\n')
		line := r.text[start:end]
		indent := leadingSpaces(line)
		if indent == len(line) {
			blanks++
			continue
		}
		if indent <= column || line[indent] == '#' {
			break
		}
		if !isPlainLine(line) || strings.Contains(line, " #") {
			return "", false
		}
		if lines == nil {
			lines = &strings.Builder{}
			lines.WriteString(text)
		}
		writeFold(lines, blanks)
		lines.WriteString(strings.TrimRight(line[indent:], " "))
		blanks = 0
		r.end = end
	}
	if lines == nil {
		return text, true
	}
	return lines.String(), true
}

// writeFold is what the end of a line and the blank lines after it become.
func writeFold(text *strings.Builder, blanks int) {
	if blanks == 0 {
		text.WriteByte(' ')
	}
	for range blanks {
		text.WriteByte('\n')
	}
}

// quoted reads a text in quotes, which may go on in lines that are deeper than column.
func (r *plainReader) quoted(column int) (plainNode, bool) {
	quote := r.text[r.at]
	r.at++
	var text strings.Builder
	for {
		length := r.quotedLength(quote)
		part := r.text[r.at : r.at+length]
		isLast := r.at+length < r.end
		if !isLast {
			part = strings.TrimRight(part, " ")
		}
		if !writeUnescaped(&text, part, quote) {
			return plainNode{}, false
		}
		if isLast {
			r.at += length + 1
			return plainNode{kind: plainText, text: text.String()}, r.endLine()
		}
		blanks := 0
		for ; ; blanks++ {
			start := r.end + 1
			if start >= len(r.text) {
				return plainNode{}, false
			}
			r.end = start + strings.IndexByte(r.text[start:], '\n')
			indent := leadingSpaces(r.text[start:r.end])
			if r.at = start + indent; r.at < r.end {
				if indent <= column {
					return plainNode{}, false
				}
				break
			}
		}
		writeFold(&text, blanks)
	}
}

// quotedLength is that of the text until its quote or, without one, until the line's end.
func (r *plainReader) quotedLength(quote byte) int {
	rest := r.rest()
	for index := 0; index < len(rest); index++ {
		isEscape := rest[index] == '\\' && quote == '"'
		isTwice := quote == '\'' && rest[index] == quote && index+1 < len(rest) && rest[index+1] == quote
		if isEscape || isTwice {
			index++
		} else if rest[index] == quote {
			return index
		}
	}
	return len(rest)
}

func writeUnescaped(text *strings.Builder, part string, quote byte) bool {
	if strings.IndexByte(part, '\t') >= 0 {
		return false
	}
	if quote == '\'' {
		text.WriteString(strings.ReplaceAll(part, "''", "'"))
		return true
	}
	for {
		before, after, isEscaped := strings.Cut(part, `\`)
		text.WriteString(before)
		if !isEscaped {
			return true
		}
		if after == "" {
			return false
		}
		switch after[0] {
		case '"', '\\':
			text.WriteByte(after[0])
		case 'n':
			text.WriteByte('\n')
		case 't':
			text.WriteByte('\t')
		default:
			return false
		}
		part = after[1:]
	}
}

// blockScalar reads a text after `|` or `>`, which is deeper than column.
func (r *plainReader) blockScalar(column int) (plainNode, bool) {
	header := strings.TrimRight(r.rest(), " ")
	isFolded, chomping := header[0] == '>', header[1:]
	if chomping != "" && chomping != "-" && chomping != "+" {
		return plainNode{}, false
	}
	var text strings.Builder
	indent, blanks, hasText := 0, 0, false
	for r.end+1 < len(r.text) {
		start := r.end + 1
		end := start + strings.IndexByte(r.text[start:], '\n')
		line := r.text[start:end]
		spaces := leadingSpaces(line)
		isBlank := spaces == len(line)
		if isBlank && (!hasText || spaces <= indent) {
			if !hasText && spaces > 0 {
				return plainNode{}, false
			}
			blanks++
			r.end = end
			continue
		}
		if !hasText {
			if indent = spaces; line[spaces] == '\t' {
				return plainNode{}, false
			}
		}
		if spaces < indent || indent <= column {
			if spaces > column || !hasText && blanks > 0 {
				return plainNode{}, false
			}
			break
		}
		content := line[indent:]
		if isFolded && (content[0] == ' ' || content[0] == '\t') {
			return plainNode{}, false
		}
		switch {
		case !hasText:
			text.WriteString(strings.Repeat("\n", blanks))
		case isFolded:
			writeFold(&text, blanks)
		default:
			text.WriteString(strings.Repeat("\n", blanks+1))
		}
		text.WriteString(content)
		hasText, blanks = true, 0
		r.end = end
	}
	switch {
	case !hasText && blanks > 0:
		return plainNode{}, false
	case hasText && chomping == "":
		text.WriteByte('\n')
	case hasText && chomping == "+":
		text.WriteString(strings.Repeat("\n", blanks+1))
	}
	return plainNode{kind: plainText, text: text.String()}, r.nextLine()
}
