// Reads cases as Go's own packages do: a line "KIND BASE64" in, a line of JSON
// out. Docker's engine is built on these packages.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"strings"
)

type reader func(input []byte) any

var readers = map[string]reader{
	"requests":     func(input []byte) any { return readRequests(input, false) },
	"engine":       func(input []byte) any { return readRequests(input, true) },
	"answers":      func(input []byte) any { return readAnswers(input, "GET") },
	"answers-HEAD": func(input []byte) any { return readAnswers(input, "HEAD") },
	"target":       readTarget,
	"json":         readJSON,
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			return
		}
		kind, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		input, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			panic(err)
		}
		if err := encoder.Encode(readers[kind](input)); err != nil {
			panic(err)
		}
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
}
