package answer

import (
	"fmt"
	"strings"
	"time"

	"kdeck/protocol"
)

// Stages is where the time of an exchange went, in milliseconds.
func Stages(t protocol.Timing) string {
	var words []string
	for _, s := range []struct {
		name string
		took time.Duration
	}{{"dns", t.DNS}, {"tcp", t.TCP}, {"tls", t.TLS}, {"sasl", t.SASL}, {"write", t.Write}, {"wait", t.Wait}, {"read", t.Read}} {
		if s.took > 0 {
			words = append(words, s.name+" "+Millis(s.took))
		}
	}
	return Millis(t.Total()) + " ms (" + strings.Join(words, ", ") + ")"
}

// Millis writes a time in milliseconds, without the unit.
func Millis(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond)) }
