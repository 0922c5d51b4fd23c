package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

type answer struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
	// Why the body has no end; empty where it has.
	BodyError string `json:"bodyError"`
}

type answers struct {
	// Interim ones too.
	Answers []answer `json:"answers"`
	// Why the next one cannot be read; empty where nothing follows the final one.
	Error string `json:"error"`
	// Bytes behind the final answer.
	Rest int `json:"rest"`
}

// Reads the answer to one request from a connection that then ended.
func readAnswers(input []byte, method string) any {
	from := bufio.NewReader(bytes.NewReader(input))
	list := answers{Answers: []answer{}}
	for {
		response, err := http.ReadResponse(from, &http.Request{Method: method})
		if err != nil {
			list.Error = err.Error()
			return list
		}
		one := answer{Status: response.StatusCode, Header: response.Header}
		if one.Status == 101 {
			list.Answers = append(list.Answers, one)
			break
		}
		one.Body, err = io.ReadAll(response.Body)
		if err != nil {
			one.BodyError = err.Error()
		}
		list.Answers = append(list.Answers, one)
		if one.Status >= 200 {
			break
		}
	}
	rest, _ := io.ReadAll(from)
	list.Rest = len(rest)
	return list
}

type value struct {
	Value any    `json:"value"`
	Error string `json:"error"`
}

// Reads one value, with numbers as they are written.
func readJSON(input []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(input))
	decoder.UseNumber()
	var read any
	if err := decoder.Decode(&read); err != nil {
		return value{Error: err.Error()}
	}
	if _, err := decoder.Token(); err != io.EOF {
		return value{Error: "something follows the value"}
	}
	return value{Value: read}
}
