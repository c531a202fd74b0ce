package lag

import "math"

// unknown is a rate that isn't known.
var unknown = math.NaN()
