package format

import (
	"math"
	"testing"
)

func TestWhatIsNoFigureIsUnknownInEveryForm(t *testing.T) {
	for name, write := range map[string]func(float64) string{
		"ByteRate": ByteRate, "Percent": Percent, "Share": Share, "Short": Short, "WholeMillis": WholeMillis, "Millis": Millis, "Seconds": Seconds,
	} {
		for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			if s := write(v); s != Unknown {
				t.Errorf("%s(%v) is %q", name, v, s)
			}
		}
		for _, v := range []float64{0, 1, -1, 1e15, 1e18, 1e300, -1e300, math.MaxFloat64} {
			if s := write(v); s == "" || len(s) > 24 || v > 0 && s[0] == '-' {
				t.Errorf("%s(%v) is %q", name, v, s)
			}
		}
	}
}
