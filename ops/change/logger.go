package change

import (
	"context"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
)

// RequestLogger is the logger that writes a line for each request that a broker has served, at DEBUG or TRACE.
const RequestLogger = "kafka.request.logger"

// SetRequestLogger sets the level of one broker's request logger until the broker is restarted. Only the broker itself takes
// it. before is the present level, and undo the command that sets that again.
func (d *Door) SetRequestLogger(ctx context.Context, broker int32, level, before string, undo config.CommandLine) error {
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	r := kmsg.NewIncrementalAlterConfigsRequestResource()
	r.ResourceType, r.ResourceName = kmsg.ConfigResourceTypeBrokerLogger, strconv.Itoa(int(broker))
	c := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	c.Name, c.Op, c.Value = RequestLogger, kmsg.IncrementalAlterConfigOpSet, &level
	r.Configs = append(r.Configs, c)
	req.Resources = append(req.Resources, r)
	refusal := errLeftOut
	err := d.toBroker(ctx, broker, &call{
		req: req, before: map[string]string{RequestLogger: before},
		undo: undo,
		result: func(resp kmsg.Response) ([]string, error) {
			for _, r := range resp.(*kmsg.IncrementalAlterConfigsResponse).Resources {
				if refusal = refused(r.ErrorCode, r.ErrorMessage); refusal != nil {
					return []string{refusal.Error()}, nil
				}
			}
			return nil, nil
		},
	})
	if err != nil {
		return err
	}
	return refusal
}
