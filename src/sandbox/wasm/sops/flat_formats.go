package sops

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"gopkg.in/ini.v1"
)

// readDotenv reads `key=value` and comments, one a line; `\n` is a line break in a value.
func readDotenv(text []byte) ([]mapping, error) {
	var found mapping
	var count counter
	for line := range strings.SplitSeq(string(text), "\n") {
		if line == "" {
			continue
		}
		if err := count.add(0); err != nil {
			return nil, err
		}
		if written, isComment := strings.CutPrefix(line, "#"); isComment {
			found = append(found, entry{comment: &comment{text: written}})
			continue
		}
		key, value, isAssigned := strings.Cut(line, "=")
		if !isAssigned {
			return nil, errors.New("a line assigns nothing")
		}
		found = append(found, entry{key: key, value: strings.ReplaceAll(value, `\n`, "\n")})
	}
	return []mapping{found}, nil
}

func writeDotenv(part mapping) ([]byte, error) {
	var out bytes.Buffer
	for _, item := range part {
		if item.comment != nil {
			out.WriteString("#" + item.comment.text + "\n")
			continue
		}
		if isNested(item.value) {
			return nil, errors.New("it has values inside of values, which dotenv cannot hold")
		}
		out.WriteString(item.key + "=" + strings.ReplaceAll(textOf(item.value), "\n", `\n`) + "\n")
	}
	return out.Bytes(), nil
}

func isNested(value any) bool {
	switch value.(type) {
	case mapping, sequence:
		return true
	}
	return false
}

var iniOptions = ini.LoadOptions{AllowNonUniqueSections: true}

func readINI(text []byte) ([]mapping, error) {
	file, err := ini.LoadSources(iniOptions, text)
	if err != nil {
		// The library quotes the line.
		return nil, errors.New("it is no INI file")
	}
	var found mapping
	var count counter
	for _, section := range file.Sections() {
		var items mapping
		if section.Comment != "" {
			items = append(items, entry{comment: &comment{text: bareComment(section.Comment)}})
		}
		for _, key := range section.Keys() {
			if err := count.add(0); err != nil {
				return nil, err
			}
			items = append(items, entry{key: key.Name(), value: key.Value()})
			if key.Comment != "" {
				items = append(items, entry{comment: &comment{text: bareComment(key.Comment)}})
			}
		}
		found = append(found, entry{key: section.Name(), value: items})
	}
	return []mapping{found}, nil
}

func bareComment(text string) string {
	switch {
	case strings.HasPrefix(text, ";"):
		return strings.TrimLeft(text, "; ")
	case strings.HasPrefix(text, "#"):
		return strings.TrimLeft(text, "# ")
	}
	return text
}

func writeINI(parts []mapping) ([]byte, error) {
	file := ini.Empty(iniOptions)
	file.DeleteSection(ini.DefaultSection)
	for _, part := range parts {
		for _, item := range part {
			if item.comment != nil {
				continue
			}
			items, isSection := item.value.(mapping)
			if !isSection {
				return nil, errors.New("it has a value outside of any section, which INI cannot hold")
			}
			if err := writeSection(file, item.key, items); err != nil {
				return nil, errors.New("it cannot be written as INI")
			}
		}
	}
	var out bytes.Buffer
	_, err := file.WriteTo(&out)
	return out.Bytes(), err
}

func writeSection(file *ini.File, name string, items mapping) error {
	section, err := file.NewSection(name)
	if err != nil {
		return err
	}
	var last *ini.Key
	for index, item := range items {
		switch {
		case item.comment == nil:
			if last, err = section.NewKey(item.key, textOf(item.value)); err != nil {
				return err
			}
		case index == 0:
			section.Comment = item.comment.text
		case last != nil:
			last.Comment = item.comment.text
		}
	}
	return nil
}

// floatText keeps a whole number from looking like an integer.
func floatText(value float64) string {
	text := strconv.FormatFloat(value, 'G', -1, 64)
	if !strings.ContainsAny(text, ".E") {
		return strconv.FormatFloat(value, 'f', 1, 64)
	}
	return text
}

func timeText(value any) (string, bool) {
	at, isTime := value.(time.Time)
	return at.Format(time.RFC3339), isTime
}
