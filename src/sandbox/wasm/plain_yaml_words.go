package main

import (
	"encoding/json"
	"strconv"
	"strings"
)

// plainWords are those that mean no text; in other cases they are texts.
var plainWords = map[string]string{
	"true": "true", "True": "true", "TRUE": "true", "yes": "true", "Yes": "true", "YES": "true", "y": "true", "Y": "true", "on": "true", "On": "true", "ON": "true",
	"false": "false", "False": "false", "FALSE": "false", "no": "false", "No": "false", "NO": "false", "n": "false", "N": "false", "off": "false", "Off": "false", "OFF": "false",
	"null": "null", "Null": "null", "NULL": "null",
}

const numberLetters = "0123456789abcdefABCDEFxXoOpP_+-."

// resolvePlain gives what a text without quotes means, unless readers may differ. It begins with a letter that isWordLetter, or a wide one.
func resolvePlain(text string) (plainNode, bool) {
	first := text[0]
	if (first == '+' || first == '-') && len(text) > 1 {
		first = text[1]
		// Underscores are taken out before it is tried as a number.
		if first == '_' {
			return plainNode{}, false
		}
	}
	isDigit := first >= '0' && first <= '9'
	word, isWord := "", false
	if len(text) <= len("false") {
		word, isWord = plainWords[text]
	}
	switch {
	case isWord:
		return plainNode{kind: plainLiteral, text: word}, true
	case isPlainInt(text):
		return plainNode{kind: plainLiteral, text: text}, true
	case isDigit && strings.Trim(text, numberLetters) == "" && strings.Count(text, ".") < 2:
		return plainFloat(text)
	case first == '.' && (text[0] != '.' || len(text) < 2 || strings.IndexByte("0123456789iInN_", text[1]) >= 0):
		return plainNode{}, false
	default:
		return plainNode{kind: plainText, text: text}, true
	}
}

// plainFloat reads a decimal with a point, and nothing else that looks like a number.
func plainFloat(text string) (plainNode, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	isWhole := isPlainInt(whole) && whole[0] != '-'
	if !isWhole || fraction == "" || len(text) > maxPlainInt || strings.Trim(fraction, "0123456789") != "" {
		return plainNode{}, false
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return plainNode{}, false
	}
	literal, err := json.Marshal(number)
	return plainNode{kind: plainLiteral, text: string(literal)}, err == nil
}

// plainKeyOf gives the name that a word becomes as a key: booleans and whole numbers become texts.
func plainKeyOf(word string) (string, bool) {
	node, isPlain := resolvePlain(word)
	isText := node.kind == plainText || node.text == "true" || node.text == "false" || node.text == word && isPlainInt(word)
	return node.text, isPlain && isText
}
