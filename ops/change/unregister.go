package change

import (
	"context"
	"fmt"
	"kdeck/ops/config"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// errBrokerIDNotRegistered is Kafka's BROKER_ID_NOT_REGISTERED.
const errBrokerIDNotRegistered = 102

// UnregisterBroker removes a broker's registration. Kafka checks neither whether the broker still has replicas nor whether it is
// alive: the caller must. A broker that is not registered any more is no error.
func (d *Door) UnregisterBroker(ctx context.Context, broker int32, before any) error {
	req := kmsg.NewPtrUnregisterBrokerRequest()
	req.BrokerID = broker
	err := d.toAny(ctx, &call{
		req: req, before: before, undo: config.CommandLine(fmt.Sprintf("none: broker %d registers itself when it is started again", broker)),
		result: func(resp kmsg.Response) ([]string, error) {
			r := resp.(*kmsg.UnregisterBrokerResponse)
			if r.ErrorCode == errBrokerIDNotRegistered {
				return nil, nil
			}
			return nil, refused(r.ErrorCode, r.ErrorMessage)
		},
	})
	return err
}
