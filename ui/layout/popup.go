package layout

const (
	popupRows = 8 // lines in the popup at the most
	popupEdge = 2 // columns, and rows, that its edge takes
)

// Popup says where a popup of so many lines lies whose text begins at column x: in the body right above the prompt, so that it
// covers neither the line being typed nor the header. lines is how many of them there is room for; on a low screen the popup leaves
// the upper third of the body free. Without room for one line the Rect is empty.
func Popup(f Frame, x, width, height int) (at Rect, lines int) {
	lines = min(height, popupRows, f.Body.H-f.Body.H/3-popupEdge)
	w := min(width+2*popupEdge, f.Body.W)
	if lines <= 0 || w <= 2*popupEdge {
		return Rect{}, 0
	}
	x = max(min(x-popupEdge, f.Body.X+f.Body.W-w), f.Body.X)
	h := lines + popupEdge
	return Rect{x, f.Body.Y + f.Body.H - h, w, h}, lines
}
