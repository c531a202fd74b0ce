package message

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// disagreements are the places where the client library and Kafka's definitions are known to say different things:
// what is written with one can't be read with the other as it was.
var disagreements = map[string]string{
	"StopReplica request v4": "the library writes isKRaftController after controllerEpoch, Kafka before it",
	"ShareFetch response v1": "the library writes null for records that are nil, which Kafka has in v0 only",
	"ShareFetch response v2": "the same",
}

// kbody is what the library's requests and responses have in common.
type kbody interface {
	SetVersion(int16)
	AppendTo([]byte) []byte
	ReadFrom([]byte) error
}

func eachMessage(t *testing.T, do func(api *API, response bool, version int16, empty func() kbody)) {
	t.Helper()
	for i := range APIs() {
		api := &APIs()[i]
		for version := api.Versions.From; version <= api.Versions.To; version++ {
			for _, response := range []bool{false, true} {
				do(api, response, version, func() kbody {
					var b kbody = kmsg.RequestForKey(api.Key)
					if response {
						b = kmsg.RequestForKey(api.Key).ResponseKind()
					}
					b.SetVersion(version)
					return b
				})
			}
		}
	}
}

func place(api *API, response bool) string {
	if response {
		return api.Name + " response"
	}
	return api.Name + " request"
}

func TestTheClientLibraryAndKafkasDefinitionsAgreeButInPlacesThatAreKnown(t *testing.T) {
	if n := len(APIs()); n != kmsg.MaxKey+1 {
		t.Errorf("%d APIs are defined, the library knows %d", n, kmsg.MaxKey+1)
	}
	seen := map[string]bool{}
	disagree := func(where string, format string, args ...any) {
		if _, known := disagreements[where]; known {
			seen[where] = true
			return
		}
		if !seen[where] {
			seen[where] = true
			t.Errorf("%s: %s", where, fmt.Sprintf(format, args...))
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	pairs := 0
	eachMessage(t, func(api *API, response bool, version int16, empty func() kbody) {
		pairs++
		where := fmt.Sprintf("%s v%d", place(api, response), version)
		req := kmsg.RequestForKey(api.Key)
		req.SetVersion(version)
		if max := req.MaxVersion(); max != api.Versions.To {
			disagree(place(api, response)+" newest version", "%d there, %d in Kafka's definition", max, api.Versions.To)
		}
		m := &Message{API: api, Response: response, Version: version}
		if req.IsFlexible() != m.IsFlexible() {
			disagree(where, "one of the two takes it for flexible")
		}
		for range 20 {
			theirs := empty()
			randomize(rng, reflect.ValueOf(theirs).Elem())
			theirs.SetVersion(version)
			wire := theirs.AppendTo(nil)
			if err := Check(api, response, version, wire); err != nil {
				disagree(where, "what the library wrote is refused: %v", err)
				return
			}
			if len(wire) > 0 {
				if cut := rng.IntN(len(wire)); Check(api, response, version, wire[:cut]) == nil {
					disagree(where, "%d of %d bytes of what the library wrote are taken for the whole", cut, len(wire))
				}
			}
			got, err := Decode(api, response, version, wire)
			if err != nil || got.Trailing != nil {
				disagree(where, "what the library wrote doesn't decode: %v, %d bytes over", err, len(got.Trailing))
				return
			}
			if again := got.AppendTo(nil); !bytes.Equal(again, wire) {
				disagree(where, "what the library wrote is written otherwise:\n%x\n%x\n%s", wire, again, got.AppendJSON(nil))
				return
			}
			ours := m.random(rng)
			wire = ours.AppendTo(nil)
			theirs = empty()
			if err := theirs.ReadFrom(wire); err != nil {
				disagree(where, "the library can't read what the definition has: %v\n%s", err, ours.AppendJSON(nil))
				return
			}
			if again := theirs.AppendTo(nil); !bytes.Equal(again, wire) {
				disagree(where, "the library reads and writes it otherwise:\n%x\n%x\n%s", wire, again, ours.AppendJSON(nil))
				return
			}
		}
	})
	for where := range disagreements {
		if !seen[where] {
			t.Errorf("%s is listed as a disagreement, and there is none", where)
		}
	}
	t.Logf("%d messages in their versions compared, %d known disagreements", pairs, len(disagreements))
}

// randomize fills one of the library's values with anything.
func randomize(rng *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			switch tags, are := v.Field(i).Addr().Interface().(*kmsg.Tags); {
			case are && rng.IntN(3) == 0:
				tags.Set(100+rng.Uint32N(math.MaxUint32-100), []byte("anything"))
			case !are && v.Field(i).CanSet():
				randomize(rng, v.Field(i))
			}
		}
	case reflect.Pointer:
		if rng.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			randomize(rng, v.Elem())
		}
	case reflect.Slice:
		if rng.IntN(6) > 0 {
			v.Set(reflect.MakeSlice(v.Type(), rng.IntN(3), 3))
			for i := range v.Len() {
				randomize(rng, v.Index(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			randomize(rng, v.Index(i))
		}
	case reflect.Bool:
		v.SetBool(rng.IntN(2) == 0)
	case reflect.String:
		v.SetString(strings.Repeat("ü", rng.IntN(3)))
	case reflect.Float64:
		v.SetFloat(rng.Float64())
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(rng.Uint64() >> (64 - v.Type().Bits()))
	default:
		v.SetInt(int64(rng.Uint64()) >> (64 - v.Type().Bits()))
	}
}

// random is a message with anything in it that its version can carry.
func (m *Message) random(rng *rand.Rand) *Message {
	m.Root = randomStruct(rng, m.Definition().Fields, m.Version)
	return m
}

func randomStruct(rng *rand.Rand, fields []Field, version int16) *Struct {
	s := newStruct(fields, version)
	for i := range fields {
		f := &fields[i]
		switch {
		case !f.Versions.Holds(version):
		case f.Nullable.Holds(version) && rng.IntN(4) == 0:
			s.Values[i] = nil
		case f.Array:
			list := []any{}
			for range rng.IntN(3) {
				list = append(list, randomValue(rng, f, version))
			}
			s.Values[i] = list
		case rng.IntN(8) > 0:
			s.Values[i] = randomValue(rng, f, version)
		}
	}
	return s
}

func randomValue(rng *rand.Rand, f *Field, version int16) any {
	switch f.Kind {
	case Nested:
		return randomStruct(rng, f.Fields, version)
	case Bool:
		return rng.IntN(2) == 0
	case Float64:
		return rng.Float64()
	case String:
		return strings.Repeat("ü", rng.IntN(3))
	case Bytes, Records:
		return slices.Repeat([]byte{0xfe}, rng.IntN(3))
	case UUID:
		return [16]byte{byte(rng.IntN(2)), 15: byte(rng.IntN(2))}
	}
	low, high := limits(f.Kind)
	if low == 0 {
		return rng.Int64N(high + 1)
	}
	return int64(rng.Uint64()) >> (63 - bits(high))
}

func bits(high int64) (n int) {
	for ; high > 0; high >>= 1 {
		n++
	}
	return n
}

func TestAFingerprintIsTheSameExactlyWhereNothingDiffers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	same := 0
	for i := range APIs() {
		api := &APIs()[i]
		for range 30 {
			a := (&Message{API: api, Response: true, Version: api.Versions.To}).random(rng)
			b := (&Message{API: api, Response: true, Version: api.Versions.To}).random(rng)
			differ := len(Differences(a, b, []string{"throttleTimeMs"})) > 0
			if equal := a.Fingerprint([]string{"throttleTimeMs"}) == b.Fingerprint([]string{"throttleTimeMs"}); equal == differ {
				t.Fatalf("%s: fingerprints equal: %v, differences: %v\n%s\n%s", api.Name, equal, Differences(a, b, nil), a.AppendJSON(nil), b.AppendJSON(nil))
			}
			if !differ {
				same++
			}
		}
	}
	if same == 0 {
		t.Error("no two messages were the same")
	}
}
