package format

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestWholeNumbersHaveCommas(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1204: "1,204", -999: "-999", -1204: "-1,204", 39212000: "39,212,000"} {
		if got := Thousands(n); got != want {
			t.Errorf("Thousands(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0 moves", 1: "1 move", 2: "2 moves", 1204: "1,204 moves"} {
		if got := Count(n, "move"); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPercentNeverWritesUnder100As100NorANonZeroAs0(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0%", 0.0004: "<0.1%", 0.05: "0.1%", 0.44: "0.4%", 4.98: "5%", 9.94: "9.9%", 9.95: "10%", 12.6: "13%",
		98.6: "99%", 99.5: "99%", 99.7: "99%", 99.999: "99%", 100: "100%", 100.4: "100%", 1338: "1338%", -3.2: "-3.2%",
	} {
		if got := Percent(v); got != want {
			t.Errorf("Percent(%v) = %q, want %q", v, got, want)
		}
	}
	if got := Percent(math.NaN()); got != Unknown {
		t.Errorf("Percent(NaN) = %q", got)
	}
}

func TestASharePutsNothingAtAnEndThatIsNotThere(t *testing.T) {
	for v, want := range map[float64]string{0: "0%", 0.004: "<1%", 0.006: "1%", 0.31: "31%", 0.714: "71%", 0.994: "99%", 0.999: "99%", 1: "100%", math.NaN(): Unknown} {
		if got := Share(v); got != want {
			t.Errorf("Share(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestShortNumbersFitTheirWidth(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.44: "0.4", 9.94: "9.9", 10: "10", 87.4: "87", 9999: "9999", 12_345: "12.3k", 123_456: "123k",
		999_600: "1.0M", 4_100_000: "4.1M", 5e9: "5.0G", -3: "-3", math.NaN(): Unknown, math.Inf(1): Unknown} {
		if got := Short(v); got != want {
			t.Errorf("Short(%v) = %q, want %q", v, got, want)
		}
	}
	for v := 0.001; v < 1e12; v *= 1.07 {
		if s := Short(v); len(s) > 5 || strings.Contains(s, "e") {
			t.Errorf("Short(%v) = %q", v, s)
		}
	}
	for ms, want := range map[float64]string{0.44: "0.4", 3: "3", 920.2: "920", 9999: "9999", 12_345: "12s"} {
		if got := Millis(ms); got != want {
			t.Errorf("Millis(%v) = %q, want %q", ms, got, want)
		}
	}
}

func TestSizes(t *testing.T) {
	for in, want := range map[string]int64{"200MB": 200e6, "1.5 GB": 1.5e9, "64MiB": 64 << 20, "0": 0, "10kb/s": 10e3, "7": 7} {
		if got, err := ParseBytes(in); err != nil || got != want {
			t.Errorf("ParseBytes(%q) = %d, %v, want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "MB", "-1MB", "1XB", "1e300GB", "NaN", "ten"} {
		if got, err := ParseBytes(in); err == nil || !strings.Contains(err.Error(), in) {
			t.Errorf("ParseBytes(%q) = %d, %v, want an error that names it", in, got, err)
		}
	}
	for in, want := range map[int64]string{0: "0B", 999: "999B", 1000: "1.00kB", 18_200_000_000: "18.2GB", 999_700_000: "1.00GB", 123_456_789: "123MB"} {
		if got := Bytes(in); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", in, got, want)
		}
	}
}

func TestDurationsHaveTwoUnits(t *testing.T) {
	for in, want := range map[time.Duration]string{14 * time.Second: "14s", 252 * time.Second: "4m12s", 52 * time.Hour: "2d4h", 3*time.Hour + 10*time.Minute: "3h10m", -time.Second: "-1s"} {
		if got := Duration(in); got != want {
			t.Errorf("Duration(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestWordsAreQuotedWhereTheyNeedIt(t *testing.T) {
	for in, want := range map[string]string{"orders": "orders", "b1:9092,b2:9092": "b1:9092,b2:9092", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "^x$": "'^x$'"} {
		if got := Shell(in); got != want {
			t.Errorf("Shell(%q) = %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{"orders": "orders", "a b": `"a b"`, `a "b"`: `"a b"`} {
		if got := FilterValue(in); got != want {
			t.Errorf("FilterValue(%q) = %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{"": "", "abc": "abc", "äbcd": "äb…"} {
		if got := Clip(in, 3); got != want {
			t.Errorf("Clip(%q) = %q, want %q", in, got, want)
		}
	}
}
