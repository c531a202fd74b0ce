// Package layout says where everything of the console's screen lies: pure functions from a size to rectangles,
// tested by drawings. It draws nothing and knows nothing of what is shown.
//
// Start reading at Compute.
package layout
