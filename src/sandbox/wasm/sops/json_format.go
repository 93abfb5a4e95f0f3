package sops

import (
	"bytes"
	"encoding/json"
	"errors"
)

var errNoJSON = errors.New("it is no JSON object")

// readJSON reads one object, in the order of its keys. A whole number is an int.
func readJSON(text []byte) ([]mapping, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var count counter
	value, err := readJSONValue(decoder, &count, 0)
	if errors.Is(err, ErrTooLarge) {
		return nil, err
	}
	whole, isObject := value.(mapping)
	if err != nil || !isObject {
		// What encoding/json says may quote a value.
		return nil, errNoJSON
	}
	return []mapping{whole}, nil
}

func readJSONValue(decoder *json.Decoder, count *counter, depth int) (any, error) {
	if err := count.add(depth); err != nil {
		return nil, err
	}
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Number:
		return readNumber(token)
	case json.Delim:
		if token == '[' {
			list := sequence{}
			for decoder.More() {
				item, err := readJSONValue(decoder, count, depth+1)
				if err != nil {
					return nil, err
				}
				list = append(list, item)
			}
			_, err = decoder.Token()
			return list, err
		}
		return readJSONObject(decoder, count, depth)
	}
	return token, nil
}

func readJSONObject(decoder *json.Decoder, count *counter, depth int) (mapping, error) {
	whole := mapping{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name, isText := key.(string)
		if !isText {
			return nil, errNoJSON
		}
		value, err := readJSONValue(decoder, count, depth+1)
		if err != nil {
			return nil, err
		}
		whole = append(whole, entry{key: name, value: value})
	}
	_, err := decoder.Token()
	return whole, err
}

func readNumber(number json.Number) (any, error) {
	if whole, err := number.Int64(); err == nil {
		return int(whole), nil
	}
	return number.Float64()
}

// writeJSON indents by tabs, without comments.
func writeJSON(part mapping) ([]byte, error) {
	var flat, out bytes.Buffer
	if err := appendJSON(&flat, part); err != nil {
		return nil, err
	}
	if err := json.Indent(&out, flat.Bytes(), "", "\t"); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func appendJSON(out *bytes.Buffer, value any) error {
	switch value := value.(type) {
	case mapping:
		return appendJSONItems(out, value)
	case sequence:
		out.WriteByte('[')
		isFirst := true
		for _, item := range value {
			if _, isComment := item.(comment); isComment {
				continue
			}
			if !isFirst {
				out.WriteByte(',')
			}
			isFirst = false
			if err := appendJSON(out, item); err != nil {
				return err
			}
		}
		out.WriteByte(']')
		return nil
	}
	text, err := json.Marshal(value)
	out.Write(text)
	return err
}

func appendJSONItems(out *bytes.Buffer, items mapping) error {
	out.WriteByte('{')
	isFirst := true
	for _, item := range items {
		if item.comment != nil {
			continue
		}
		if !isFirst {
			out.WriteByte(',')
		}
		isFirst = false
		key, err := json.Marshal(item.key)
		if err != nil {
			return err
		}
		out.Write(key)
		out.WriteByte(':')
		if err := appendJSON(out, item.value); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}
