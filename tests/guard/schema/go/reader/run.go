// Package reader prints what the structures of Docker's API are, and how Go
// decodes bodies into them.
package reader

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
)

// Engine is a version of the API with an empty value of each body's type.
type Engine struct {
	Version string
	Bodies  map[string]any
}

// Run does what the first argument says. With "types" it prints a line for every
// field: body, path, type, version. With "decode" it reads lines of a body's name
// and its bytes in base64, and prints for each how every version reads it.
func Run(engines ...Engine) {
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	if os.Args[1] == "types" {
		printTypes(engines, func(line string) { fmt.Fprintln(out, line) })
		return
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for in.Scan() {
		name, text, _ := strings.Cut(in.Text(), " ")
		body, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			panic(err)
		}
		readings := map[string]any{}
		for _, e := range engines {
			if empty, known := e.Bodies[name]; known {
				readings[e.Version] = decode(empty, body)
			}
		}
		if err := encoder.Encode(readings); err != nil {
			panic(err)
		}
	}
}

// decode gives the leaves of a body, or the decoder's error as a string.
func decode(empty any, body []byte) any {
	value := reflect.New(reflect.TypeOf(empty))
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(value.Interface()); err != nil {
		return err.Error()
	}
	if decoder.More() {
		return "unexpected content after JSON"
	}
	leaves := []leaf{}
	walkValues(value.Elem(), nil, func(l leaf) { leaves = append(leaves, l) })
	return leaves
}
