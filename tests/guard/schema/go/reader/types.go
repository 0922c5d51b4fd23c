package reader

import (
	"encoding"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"sort"
	"strings"
)

var (
	readsJSON = reflect.TypeFor[json.Unmarshaler]()
	readsText = reflect.TypeFor[encoding.TextUnmarshaler]()
	address   = reflect.TypeFor[netip.Addr]()
	prefix    = reflect.TypeFor[netip.Prefix]()
)

// field is a field as the decoder sees it: those of embedded structures are
// promoted by Go's rules.
type field struct {
	name  string
	index []int
	typ   reflect.Type
}

// fieldsOf lists the fields that encoding/json fills, in the order in which
// they are declared.
func fieldsOf(t reflect.Type) []field {
	best := map[string]field{}
	tie := map[string]bool{}
	var order []string
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("json")
		name, _, _ := strings.Cut(tag, ",")
		if name == "-" || f.Anonymous && name == "" || !f.IsExported() || throughNamed(t, f.Index) {
			continue
		}
		if name == "" {
			name = f.Name
		}
		old, known := best[name]
		switch {
		case !known:
			order = append(order, name)
		case len(f.Index) > len(old.index):
			continue
		case len(f.Index) == len(old.index):
			tie[name] = true
			continue
		}
		tie[name] = false
		best[name] = field{name, f.Index, f.Type}
	}
	var fields []field
	for _, name := range order {
		if !tie[name] {
			fields = append(fields, best[name])
		}
	}
	return fields
}

// throughNamed tells whether a field is promoted through an embedded structure
// that has a name of its own in JSON, and is no field of the outer one.
func throughNamed(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			return true
		}
		t = f.Type
	}
	return false
}

// isText tells whether a type is decoded from a string by a method of its own.
func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(readsText)
}

// typeName writes a type as lib/guard/schema/table.ts does, a structure as {}.
func typeName(t reflect.Type) string {
	switch {
	case t == address:
		return "addr"
	case t == prefix:
		return "prefix"
	case isText(t) && t.Name() == "HardwareAddr":
		return "mac"
	case t.Name() == "Port":
		return "port"
	case t.Name() == "StrSlice" && t.Kind() == reflect.Slice:
		return "[]string"
	case reflect.PointerTo(t).Implements(readsJSON) || isText(t):
		panic("no name for " + t.String())
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + typeName(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[]" + typeName(t.Elem())
	case reflect.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), typeName(t.Elem()))
	case reflect.Map:
		return "map[" + typeName(t.Key()) + "]" + typeName(t.Elem())
	case reflect.Struct:
		return "{}"
	}
	return t.Kind().String()
}

// walkTypes gives the path and the type of every field below a type. A list
// adds [] to the path, a map {}.
func walkTypes(t reflect.Type, path string, give func(path, typ string)) {
	switch {
	case isText(t):
	case t.Kind() == reflect.Pointer:
		walkTypes(t.Elem(), path, give)
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		walkTypes(t.Elem(), path+"[]", give)
	case t.Kind() == reflect.Map:
		walkTypes(t.Elem(), path+"{}", give)
	case t.Kind() == reflect.Struct:
		for _, f := range fieldsOf(t) {
			at := f.name
			if path != "" {
				at = path + "." + f.name
			}
			give(at, typeName(f.typ))
			walkTypes(f.typ, at, give)
		}
	}
}

// printTypes writes a line for every field: body, path, type, version of the API.
func printTypes(engines []Engine, write func(string)) {
	for _, e := range engines {
		var names []string
		for name := range e.Bodies {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			walkTypes(reflect.TypeOf(e.Bodies[name]), "", func(path, typ string) {
				write(strings.Join([]string{name, path, typ, e.Version}, "\t"))
			})
		}
	}
}
