package change

import (
	"encoding/json"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/protocol/message"
)

// requestJSON is a request as a broker's request log would hold it, and as `kdeck request` takes it: every field as it is
// sent, secrets hidden.
func requestJSON(req kmsg.Request) (json.RawMessage, error) {
	m, err := message.Decode(message.Lookup(req.Key()), false, req.GetVersion(), req.AppendTo(nil))
	if err != nil {
		return nil, fmt.Errorf("%s can't be written to the journal: %w", apiName(req), err)
	}
	return m.AppendJSON(nil), nil
}
