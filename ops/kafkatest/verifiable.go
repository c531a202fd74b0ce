package kafkatest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ReadVerifiable reads the output of Kafka's VerifiableProducer and returns the
// acknowledged records. The tool prints one JSON object a line; an incomplete
// last line, as after kill -9, is left out.
func ReadVerifiable(r io.Reader) ([]Record, error) {
	var acked []Record
	in := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return acked, nil
		}
		if err != nil {
			return nil, err
		}
		var event struct {
			Name      string  `json:"name"`
			Topic     string  `json:"topic"`
			Partition *int32  `json:"partition"`
			Offset    *int64  `json:"offset"`
			Value     *string `json:"value"`
		}
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, fmt.Errorf("line %d is not VerifiableProducer's: %w", number, err)
		}
		if event.Name != "producer_send_success" {
			continue
		}
		if event.Topic == "" || event.Partition == nil || event.Offset == nil || event.Value == nil {
			return nil, fmt.Errorf("line %d lacks topic, partition, offset or value: %.200s", number, line)
		}
		acked = append(acked, Record{event.Topic, *event.Partition, *event.Offset, *event.Value})
	}
}
