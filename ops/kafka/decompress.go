package kafka

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Decompressor opens compressed batches with the client library's own code, and never to more than a bound.
type Decompressor struct {
	of  kgo.Decompressor
	max int
}

// NewDecompressor makes one that refuses what is more than so many bytes decompressed. Only a client of the library can be given
// the bound, so one is made and ended again; it connects to nothing.
func NewDecompressor(most int) (*Decompressor, error) {
	client, err := kgo.NewClient(kgo.MaxDecompressBatchBytes(most))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	of, ok := client.OptValue(kgo.WithDecompressor).(kgo.Decompressor)
	if !ok {
		return nil, errors.New("the client library has no decompressor")
	}
	return &Decompressor{of, most}, nil
}

// codecs are the compressions of record batches, by their number in a batch's attributes.
var codecs = []string{"none", "gzip", "snappy", "lz4", "zstd"}

// CompressionName is the name of a compression: that of Kafka's compression.type, or the number where there is none.
func CompressionName(codec int8) string {
	if codec >= 0 && int(codec) < len(codecs) {
		return codecs[codec]
	}
	return fmt.Sprintf("codec %d", codec)
}

// Decompress opens the records of a batch.
func (d *Decompressor) Decompress(src []byte, codec int8) ([]byte, error) {
	out, err := d.of.Decompress(src, kgo.CompressionCodecType(codec))
	if errors.Is(err, kgo.ErrMaxDecompress) {
		return nil, fmt.Errorf("%s: it is more than %d bytes decompressed, and isn't opened", CompressionName(codec), d.max)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", CompressionName(codec), err)
	}
	return out, nil
}
