package main

import (
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"sync"
	"time"
)

type request struct {
	Method string `json:"method"`
	Target string `json:"target"`
	// Decoded.
	Path  string `json:"path"`
	Query string `json:"query"`
	Clean bool   `json:"clean"`
	Minor int    `json:"minor"`
	Body  []byte `json:"body"`
	// Why the body has no end; empty where it has.
	BodyError string `json:"bodyError"`
	// What follows belongs to another protocol.
	Switches bool `json:"switches"`
}

type requests struct {
	Requests []request `json:"requests"`
	// The answer to what was no request; empty where all was.
	Refused string `json:"refused"`
}

// A connection on which everything has arrived, and the peer has ended its side.
type arrived struct {
	mutex  sync.Mutex
	input  *bytes.Reader
	output bytes.Buffer
	ended  chan struct{}
	once   sync.Once
}

func (c *arrived) Read(into []byte) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.input.Read(into)
}

func (c *arrived) Write(from []byte) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.output.Write(from)
}

func (c *arrived) Close() error {
	c.once.Do(func() { close(c.ended) })
	return nil
}

func (c *arrived) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *arrived) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *arrived) SetDeadline(time.Time) error      { return nil }
func (c *arrived) SetReadDeadline(time.Time) error  { return nil }
func (c *arrived) SetWriteDeadline(time.Time) error { return nil }

// Accepts what it is given, for ever.
type door chan net.Conn

func (d door) Accept() (net.Conn, error) { return <-d, nil }
func (d door) Close() error              { return nil }
func (d door) Addr() net.Addr            { return &net.TCPAddr{} }

var (
	open    = make(door)
	serving sync.Once
	// One case at a time.
	read     []request
	switches bool
)

func handle(response http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	one := request{
		Method: r.Method, Target: r.RequestURI,
		Path: r.URL.Path, Query: r.URL.RawQuery, Clean: isClean(r.URL.Path),
		Minor: r.ProtoMinor, Body: body,
		Switches: switches && r.Header.Get("Upgrade") != "",
	}
	if err != nil {
		one.BodyError = err.Error()
	}
	read = append(read, one)
	if one.Switches {
		conn, _, err := response.(http.Hijacker).Hijack()
		if err == nil {
			conn.Close()
		}
	}
}

// Reads a whole connection of a client, as the engine's server would.
func readRequests(input []byte, canSwitch bool) any {
	serving.Do(func() {
		server := http.Server{
			Handler:  http.HandlerFunc(handle),
			ErrorLog: log.New(io.Discard, "", 0),
		}
		go server.Serve(open)
	})
	read, switches = []request{}, canSwitch
	conn := &arrived{input: bytes.NewReader(input), ended: make(chan struct{})}
	open <- conn
	select {
	case <-conn.ended:
	case <-time.After(10 * time.Second):
		panic("the server hangs with " + strconv.Quote(string(input)))
	}
	conn.mutex.Lock()
	defer conn.mutex.Unlock()
	refused := ""
	// The answer to the last one may be an error too.
	output := conn.output.Bytes()
	if at := bytes.LastIndex(output, []byte("HTTP/1.1 4")); at >= 0 {
		refused = string(output[at:])
	} else if at := bytes.LastIndex(output, []byte("HTTP/1.1 5")); at >= 0 {
		refused = string(output[at:])
	}
	return requests{read, refused}
}

// Whether a router that cleans paths leaves it as it is.
func isClean(text string) bool {
	if text == "" || text[0] != '/' {
		return false
	}
	clean := path.Clean(text)
	if text[len(text)-1] == '/' && clean != "/" {
		clean += "/"
	}
	return clean == text
}

type target struct {
	Path  string `json:"path"`
	Query string `json:"query"`
	Clean bool   `json:"clean"`
	// What tells a pull from an import.
	FromImage string `json:"fromImage"`
	Error     string `json:"error"`
}

func readTarget(input []byte) any {
	parsed, err := url.ParseRequestURI(string(input))
	if err != nil {
		return target{Error: err.Error()}
	}
	return target{
		Path: parsed.Path, Query: parsed.RawQuery, Clean: isClean(parsed.Path),
		FromImage: parsed.Query().Get("fromImage"),
	}
}
