package display

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
)

// maxSide is the largest width or height in pixels that is encoded.
const maxSide = 8192

// Image shows an image as PNG, with its size in pixels in the metadata.
func Image(img image.Image) Data {
	size := img.Bounds().Size()
	if size.X <= 0 || size.Y <= 0 || size.X > maxSide || size.Y > maxSide {
		return errorData(fmt.Errorf("display: cannot show an image of %dx%d pixels; each side must be 1 to %d", size.X, size.Y, maxSide))
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return errorData(fmt.Errorf("display: encoding an image: %w", err))
	}
	d := MakeData3(MIMETypePNG, fmt.Sprintf("image, %dx%d pixels", size.X, size.Y), b.Bytes())
	d.Metadata = MIMEMap{MIMETypePNG: MIMEMap{"width": size.X, "height": size.Y}}
	return d
}
