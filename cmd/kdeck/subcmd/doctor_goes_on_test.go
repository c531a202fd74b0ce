package subcmd_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
)

// refusing makes brokers not serve an API, as old ones don't, or refuse it, as without an ACL.
type refusing struct {
	dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	key    int16
	served bool // it is refused
}

func (r refusing) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	server, err := r.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	client, own := net.Pipe()
	go func() {
		defer own.Close()
		defer server.Close()
		for {
			request, err := readFrame(own)
			if err != nil {
				return
			}
			key, version := int16(binary.BigEndian.Uint16(request)), int16(binary.BigEndian.Uint16(request[2:]))
			kind := kmsg.RequestForKey(key)
			kind.SetVersion(version)
			answer := kind.ResponseKind()
			header := 4 // the correlation id
			if kind.IsFlexible() && key != kmsg.ApiVersions.Int16() {
				header++ // no tags
			}
			var frame []byte
			if key == r.key && r.served {
				refuse(answer)
				frame = answer.AppendTo(append(slices.Clone(request[4:8]), make([]byte, header-4)...))
			} else {
				if writeFrame(server, request) != nil {
					return
				}
				if frame, err = readFrame(server); err != nil {
					return
				}
				if v, is := answer.(*kmsg.ApiVersionsResponse); is && !r.served && v.ReadFrom(frame[header:]) == nil {
					v.ApiKeys = slices.DeleteFunc(v.ApiKeys, func(k kmsg.ApiVersionsResponseApiKey) bool { return k.ApiKey == r.key })
					frame = v.AppendTo(slices.Clone(frame[:header]))
				}
			}
			if writeFrame(own, frame) != nil {
				return
			}
		}
	}()
	return client, nil
}

// refuse makes an answer one to whom the ACL is missing.
func refuse(answer kmsg.Response) {
	code := kerr.ClusterAuthorizationFailed.Code
	switch a := answer.(type) {
	case *kmsg.DescribeClientQuotasResponse:
		a.ErrorCode = code
	case *kmsg.DescribeConfigsResponse:
		a.Resources = []kmsg.DescribeConfigsResponseResource{{ErrorCode: code}}
	case *kmsg.DescribeLogDirsResponse:
		a.ErrorCode = code
	case *kmsg.ListPartitionReassignmentsResponse:
		a.ErrorCode = code
	}
}

func readFrame(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err := io.ReadFull(r, frame)
	return frame, err
}

func writeFrame(w io.Writer, frame []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...))
	return err
}

func TestDoctorGoesOnWhereOneRequestIsNotServedOrRefused(t *testing.T) {
	for key, unknown := range map[kmsg.Key]string{
		kmsg.DescribeClientQuotas:       "quotas that only count",
		kmsg.DescribeConfigs:            "configs that brokers share",
		kmsg.DescribeLogDirs:            "replicas between log dirs",
		kmsg.ListPartitionReassignments: "moves in flight",
	} {
		for _, served := range []bool{false, true} {
			name := key.Name() + " not served"
			why := key.Name()
			if served {
				name, why = key.Name()+" refused", "authoriz"
			}
			t.Run(name, func(t *testing.T) {
				d, c := onSim(t, sim.Options{Brokers: 3, Topics: 4})
				d.dial = refusing{c.DialContext, key.Int16(), served}.Dial
				r := d.run("doctor", "-o", "json")
				var answer struct {
					Checks []struct {
						Name    string
						Well    *bool
						Unknown string
					}
				}
				if err := json.Unmarshal([]byte(r.out), &answer); err != nil || len(answer.Checks) < 10 {
					t.Fatalf("%d checks, %v:\n%s%s", len(answer.Checks), err, r.out, r.err)
				}
				well := 0
				for _, check := range answer.Checks {
					switch {
					case check.Name == unknown && (check.Well != nil || !strings.Contains(strings.ToLower(check.Unknown), strings.ToLower(why))):
						t.Errorf("%s: well %v, unknown %q; %q was expected", check.Name, check.Well, check.Unknown, why)
					case check.Well != nil && *check.Well:
						well++
					}
				}
				if well < 3 {
					t.Errorf("only %d checks are well:\n%s", well, r.out)
				}
				if text := d.run("doctor"); !strings.Contains(text.out, "unknown  "+unknown+": ") || !strings.Contains(text.out, "well: ") {
					t.Errorf("in words:\n%s%s", text.out, text.err)
				}
			})
		}
	}
}
