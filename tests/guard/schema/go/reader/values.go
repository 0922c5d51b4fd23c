package reader

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"reflect"
	"sort"
)

// leaf is a field that is not Go's zero value: its path, whose steps are names
// of fields, keys in a list of one, and numbers; and its value.
type leaf [2]any

// walkValues gives every field below a value that is not Go's zero value.
func walkValues(v reflect.Value, path []any, give func(leaf)) {
	switch {
	case isText(v.Type()):
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() {
			walkValues(v.Elem(), path, give)
		}
	case v.Kind() == reflect.Slice, v.Kind() == reflect.Array:
		for i := range v.Len() {
			walkValues(v.Index(i), below(path, i), give)
		}
	case v.Kind() == reflect.Map:
		for _, key := range v.MapKeys() {
			walkValues(v.MapIndex(key), below(path, []string{fmt.Sprint(key)}), give)
		}
	case v.Kind() == reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			inner, err := v.FieldByIndexErr(f.index)
			if err != nil || isZero(inner) {
				continue
			}
			at := below(path, f.name)
			give(leaf{at, plain(inner)})
			walkValues(inner, at, give)
		}
	}
}

// isZero takes -0 for zero, as == does.
func isZero(v reflect.Value) bool {
	return v.IsZero() || v.CanFloat() && v.Float() == 0
}

func below(path []any, step any) []any {
	return append(append([]any{}, path...), step)
}

// plain writes a value as JSON. Of what holds structures, it keeps how many and
// the keys: {} is one, and addresses are their bytes.
func plain(v reflect.Value) any {
	switch t := v.Interface().(type) {
	case netip.Addr:
		return addressBytes(t)
	case netip.Prefix:
		if !t.IsValid() {
			return ""
		}
		return fmt.Sprintf("%s/%d", addressBytes(t.Addr()), t.Bits())
	}
	switch v.Kind() {
	case reflect.Float32:
		return v.Float()
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Struct:
		return map[string]any{}
	case reflect.Slice, reflect.Array:
		if isText(v.Type()) {
			return hex.EncodeToString(v.Bytes())
		}
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			return hex.EncodeToString(v.Bytes())
		}
		list := []any{}
		for i := range v.Len() {
			list = append(list, plain(v.Index(i)))
		}
		return list
	case reflect.Map:
		pairs := [][2]any{}
		for _, key := range v.MapKeys() {
			pairs = append(pairs, [2]any{fmt.Sprint(key), plain(v.MapIndex(key))})
		}
		sort.Slice(pairs, func(i, j int) bool {
			return pairs[i][0].(string) < pairs[j][0].(string)
		})
		return map[string]any{"map": pairs}
	}
	return v.Interface()
}

func addressBytes(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	bytes := a.As16()
	return hex.EncodeToString(bytes[:])
}
