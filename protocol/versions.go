package protocol

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	keyProduce            = 0
	keyControlledShutdown = 7
	keySASLHandshake      = 17
	keyApiVersions        = 18
	keySASLAuthenticate   = 36

	errUnsupportedVersion  = 35
	errUnsupportedSASL     = 33
	errIllegalSASLState    = 34
	errSASLAuthentication  = 58
	errNone                = 0
	softwareName           = "kdeck"
	softwareVersionUnknown = "0"
)

// Versions returns which APIs the node serves, in which versions, together with its features. It asks once a
// connection; see [Conn.AskVersions].
func (c *Conn) Versions(ctx context.Context) (*kmsg.ApiVersionsResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.versions != nil {
		return c.versions, nil
	}
	return c.askVersions(ctx)
}

// KnownVersions returns what [Conn.Versions] found out, or nil where it wasn't asked yet. It never asks.
func (c *Conn) KnownVersions() *kmsg.ApiVersionsResponse {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.versions
}

// AskVersions asks anew. A broker in KRaft mode answers with the offset of its own metadata
// (FinalizedFeaturesEpoch) before anyone has authenticated, which makes this the cheapest sign of life.
func (c *Conn) AskVersions(ctx context.Context) (*kmsg.ApiVersionsResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.askVersions(ctx)
}

// askVersions asks in the newest version that is known here. A node that doesn't know it says which it does
// know, in v0 (KIP-511), and is asked once more in that.
func (c *Conn) askVersions(ctx context.Context) (*kmsg.ApiVersionsResponse, error) {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = softwareName, softwareVersionUnknown
	req.Version = req.MaxVersion()
	if c.versions != nil {
		req.Version = c.versions.Version
	}
	for range 2 {
		answer, err := c.exchange(ctx, req)
		if err != nil {
			return nil, err
		}
		resp, ok := answer.Response.(*kmsg.ApiVersionsResponse)
		if !ok {
			return nil, &Error{Addr: c.addr, Tried: "ApiVersions", Cause: Malformed}
		}
		switch resp.ErrorCode {
		case errNone:
			c.versions = resp
			c.asked = Timing{Write: answer.Timing.Write, Wait: answer.Timing.Wait, Read: answer.Timing.Read}
			return resp, nil
		case errUnsupportedVersion:
			_, highest, _ := VersionRange(resp, keyApiVersions)
			req.Version = min(highest, req.Version-1)
			if req.Version < 0 {
				req.Version = 0
			}
		default:
			return nil, &Error{Addr: c.addr, Tried: fmt.Sprintf("ApiVersions v%d", req.Version), Cause: Malformed,
				Detail: "the node answered " + errorName(resp.ErrorCode)}
		}
	}
	return nil, &Error{Addr: c.addr, Tried: "ApiVersions", Cause: Malformed,
		Detail: fmt.Sprintf("the node refused v%d, which it had said it serves", req.Version)}
}

// VersionRange returns the versions of an API that a node says it serves, and whether it serves it at all.
func VersionRange(v *kmsg.ApiVersionsResponse, key int16) (lowest, highest int16, ok bool) {
	for i := range v.ApiKeys {
		if k := &v.ApiKeys[i]; k.ApiKey == key {
			return k.MinVersion, k.MaxVersion, true
		}
	}
	return 0, 0, false
}

// Pick returns the newest version of an API that the node serves and that isn't above newest. Errors are
// [*Error] without an address.
func Pick(v *kmsg.ApiVersionsResponse, key, newest int16) (int16, error) {
	name := nameOf(key)
	lowest, highest, ok := VersionRange(v, key)
	switch {
	case !ok:
		return 0, &Error{Tried: name, Cause: NotServed, Detail: "the listener doesn't serve " + name,
			Next: "a controller's listener serves other APIs than a broker's: see what it lists in ApiVersions"}
	case lowest > newest:
		return 0, &Error{Tried: name, Cause: NotServed,
			Detail: fmt.Sprintf("the listener serves %s v%d to v%d, and v%d is the newest that was asked for", name, lowest, highest, newest)}
	}
	return min(highest, newest), nil
}
