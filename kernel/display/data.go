package display

// MIMEMap maps a MIME type to its content: a string, or []byte for binary types.
type MIMEMap = map[string]any

// Data is a MIME bundle with the metadata of the display_data message.
type Data = struct {
	Data      MIMEMap
	Metadata  MIMEMap
	Transient MIMEMap
}
