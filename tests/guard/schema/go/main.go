// Command facts prints the structures of Docker's API of the newest version and
// of 20.10, and how they decode bodies: what lib/guard/schema/ is compared with.
//
//	go run . types             body, path, type, version: a line for every field
//	go run . decode < bodies   for every line "name base64": how each version reads it
package main

import "reader"

func main() {
	reader.Run(newest(), docker20())
}
