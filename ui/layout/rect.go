package layout

// Rect is a rectangle of terminal cells; X and Y count from 0 at the top left. The zero Rect is empty: what has it
// is not on the screen.
type Rect struct{ X, Y, W, H int }

// Empty tells whether the rectangle holds no cell.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }

// Top cuts the first n rows off and returns them and the rest.
func (r Rect) Top(n int) (top, rest Rect) {
	n = min(max(n, 0), max(r.H, 0))
	return Rect{r.X, r.Y, r.W, n}, Rect{r.X, r.Y + n, r.W, r.H - n}
}

// Inset leaves a blank column at both sides.
func (r Rect) Inset() Rect {
	if r.Empty() {
		return Rect{}
	}
	return Rect{r.X + 1, r.Y, max(r.W-2, 0), r.H}
}

// Left cuts the first n columns off and returns them and the rest.
func (r Rect) Left(n int) (left, rest Rect) {
	n = min(max(n, 0), max(r.W, 0))
	return Rect{r.X, r.Y, n, r.H}, Rect{r.X + n, r.Y, r.W - n, r.H}
}

// Centered is a rectangle of at most w by h cells in the middle of r.
func (r Rect) Centered(w, h int) Rect {
	w, h = min(w, r.W), min(h, r.H)
	return Rect{r.X + (r.W-w)/2, r.Y + (r.H-h)/2, w, h}
}
