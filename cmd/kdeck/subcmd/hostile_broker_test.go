package subcmd

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
	text "kdeck/protocol/printable/hostile"
)

// disguises stand before the names of the embedded cluster in what its clients are told.
var disguises = []string{
	text.Name + "~", "\xff\xc3(~", "a|b[*.(?P<x\\~", "$(reboot)`x`'\"~", "\u202e\u2066\u200b\ufeff\u2028~", "--execute true: - {~", strings.Repeat("long\u202e", 1<<13) + "~",
}

// liar stands between kdeck and an embedded cluster. It gives every text in an answer a disguise, and takes it off requests. With
// plain set it changes nothing.
type liar struct {
	cluster *sim.Cluster
	plain   bool
}

func newLiar(t *testing.T, o sim.Options) *liar {
	o.Virtual = true
	c, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &liar{cluster: c}
}

// disguise gives a name always the same disguise.
func (l *liar) disguise(name string, long bool) string {
	if l.plain {
		return name
	}
	h := fnv.New32a()
	_, _ = io.WriteString(h, name)
	n := len(disguises)
	if !long {
		n-- // the last is too long for the encoding
	}
	return disguises[h.Sum32()%uint32(n)] + name
}

func undisguised(name string) string {
	for _, d := range disguises {
		if rest, is := strings.CutPrefix(name, d); is {
			return rest
		}
	}
	return name
}

// exporterAt is where a context has the exporter of a broker.
func exporterAt(id int32) string { return fmt.Sprintf("b%d.example:9404", id) }

func (l *liar) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	client, server := net.Pipe()
	var id int32
	if _, err := fmt.Sscanf(addr, "b%d.example:9404", &id); err == nil {
		go l.export(server, id)
		return client, nil
	}
	back, err := l.cluster.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	go func() {
		defer server.Close()
		defer back.Close()
		for l.exchange(server, back) == nil {
		}
	}()
	return client, nil
}

// exchange passes one request on, and its answer back.
func (l *liar) exchange(client, back net.Conn) error {
	request, err := readFrame(client)
	if err != nil || len(request) < 10 {
		return io.ErrUnexpectedEOF
	}
	key, version := int16(binary.BigEndian.Uint16(request)), int16(binary.BigEndian.Uint16(request[2:]))
	if asked := kmsg.RequestForKey(key); asked != nil {
		asked.SetVersion(version)
		head := 10 + max(0, int(int16(binary.BigEndian.Uint16(request[8:]))))
		if asked.IsFlexible() {
			head++ // no tags
		}
		if head <= len(request) && asked.ReadFrom(request[head:]) == nil {
			rename(reflect.ValueOf(asked).Elem(), func(_ reflect.Value, _, s string) string { return undisguised(s) })
			request = asked.AppendTo(request[:head:head])
		}
	}
	if err := writeFrame(back, request); err != nil {
		return err
	}
	frame, err := readFrame(back)
	if err != nil {
		return err
	}
	answer := kmsg.ResponseForKey(key)
	if l.plain || answer == nil || key == 18 {
		return writeFrame(client, frame)
	}
	answer.SetVersion(version)
	head := 4
	if answer.IsFlexible() {
		head++
	}
	if answer.ReadFrom(frame[head:]) != nil {
		return writeFrame(client, frame)
	}
	rename(reflect.ValueOf(answer).Elem(), func(of reflect.Value, field, s string) string {
		switch {
		case field == "Host":
			if id := of.FieldByName("NodeID"); !id.IsValid() || id.Int() != 3 { // one broker nobody gets at
				return s
			}
		case field == "Type", field == "Key", field == "Value" && of.FieldByName("Name").IsValid() && isNumber(s),
			field == "Name" && of.FieldByName("IsSensitive").IsValid() && s != "compression.type", isNumber(s), s == "" && field != "ErrorMessage":
			return s
		}
		return l.disguise(s, answer.IsFlexible())
	})
	return writeFrame(client, answer.AppendTo(frame[:head:head]))
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789.-") == "" }

// rename puts what to says in the place of each text. An error message that isn't there is made.
func rename(v reflect.Value, to func(of reflect.Value, field, s string) string) {
	for i := range v.NumField() {
		field, name := v.Field(i), v.Type().Field(i).Name
		switch {
		case !field.CanSet():
		case field.Kind() == reflect.String:
			field.SetString(to(v, name, field.String()))
		case field.Type() == reflect.TypeFor[*string]() && (!field.IsNil() || name == "ErrorMessage"):
			s := ""
			if !field.IsNil() {
				s = field.Elem().String()
			}
			s = to(v, name, s)
			if s != "" {
				field.Set(reflect.ValueOf(&s))
			}
		case field.Kind() == reflect.Struct:
			rename(field, to)
		case field.Kind() == reflect.Pointer && !field.IsNil() && field.Elem().Kind() == reflect.Struct:
			rename(field.Elem(), to)
		case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Struct:
			for j := range field.Len() {
				rename(field.Index(j), to)
			}
		case field.Type() == reflect.TypeFor[[]string]():
			for j := range field.Len() {
				field.Index(j).SetString(to(v, name, field.Index(j).String()))
			}
		}
	}
}

var labelValue = regexp.MustCompile(`([a-z_]+)="([^"\\]*)"`)

// clientLabels are labels whose values clients and brokers choose.
var clientLabels = map[string]bool{"user": true, "client_id": true, "topic": true, "clientsoftwarename": true, "clientsoftwareversion": true, "listener": true}

var quoteLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// export answers one request for a broker's metrics.
func (l *liar) export(c net.Conn, id int32) {
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		page, err := l.cluster.MetricsPage(id)
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		case l.plain:
			_, _ = w.Write(page)
		case id == 2:
			http.Error(w, text.Name, http.StatusTeapot)
		case id == 3:
			_, _ = io.WriteString(w, disguises[6]+"\n"+text.Name)
		default:
			_, _ = w.Write(labelValue.ReplaceAllFunc(page, func(m []byte) []byte {
				parts := labelValue.FindSubmatch(m)
				name, value := string(parts[1]), string(parts[2])
				if !clientLabels[name] || value == "" {
					return m
				}
				long := id == 1 && strings.HasSuffix(value, "1") // no more of them than a page may be large
				return fmt.Appendf(nil, `%s="%s"`, name, quoteLabel.Replace(l.disguise(value, long)))
			}))
		}
	})}
	_ = server.Serve(&oneConn{c: c, done: make(chan struct{})})
}
