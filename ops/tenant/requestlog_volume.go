package tenant

import "time"

// requestLogLine is about what a line of the request log takes, in bytes: of real brokers, 600 to 3000.
const requestLogLine = 1500

// RequestLogVolume estimates what a broker's request log grows by in that time, at so many requests a second.
func RequestLogVolume(requests float64, during time.Duration) (lines float64, bytes int64) {
	lines = requests * during.Seconds()
	return lines, int64(lines * requestLogLine)
}
