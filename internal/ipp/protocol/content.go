package protocol

import (
	"encoding/json"
	"strconv"
)

// RegistrationRequest is what an engine first says, at the registration socket. ID is the id that it would like, or nil.
type RegistrationRequest struct {
	UUID string `json:"uuid"`
	ID   *int   `json:"id,omitempty"`
}

// RegistrationReply answers a RegistrationRequest. With Status "error", Failure says why.
type RegistrationReply struct {
	Status string `json:"status"`
	ID     int    `json:"id"`
	Period int    `json:"hb_period"` // milliseconds between two pings
	Failure
}

// Unregistration is what an engine last says.
type Unregistration struct {
	ID int `json:"id"`
}

// Notification tells clients of an engine that came or went.
type Notification struct {
	ID   int    `json:"id"`
	UUID string `json:"uuid"`
}

// ConnectionReply answers a client's connection_request: the uuids of all engines by their ids.
type ConnectionReply struct {
	Status  string            `json:"status"`
	Engines map[string]string `json:"engines"`
}

// ExecuteRequest asks for code to be run. Silent code shows no input and no result. Expressions, by names of the client's, are
// to be evaluated when the code has run.
type ExecuteRequest struct {
	Code        string            `json:"code"`
	Silent      bool              `json:"silent"`
	Expressions map[string]string `json:"user_expressions"`
}

// ShutdownRequest asks an engine to end, or, which only those who launch engines can do, to begin anew.
type ShutdownRequest struct {
	Restart bool `json:"restart"`
}

// AbortRequest names messages that are no longer wanted; no name at all means everything that waits.
type AbortRequest struct {
	IDs Strings `json:"msg_ids"`
}

// SignalRequest names a signal, such as 2 or "SIGINT".
type SignalRequest struct {
	Signal json.RawMessage `json:"sig"`
}

// Failure says what went wrong in a request, as Python's exceptions do.
type Failure struct {
	Name      string   `json:"ename,omitempty"`
	Value     string   `json:"evalue,omitempty"`
	Traceback []string `json:"traceback,omitempty"`
}

// EngineInfo says in a failure which engine it came from, and whether it ran "execute" or "apply".
type EngineInfo struct {
	UUID   string `json:"engine_uuid"`
	ID     int    `json:"engine_id"`
	Method string `json:"method,omitempty"`
}

// RequestMetadata is what clients and controllers say about a request, as far as engines return it. Label may be anything.
type RequestMetadata struct {
	Broadcast  bool            `json:"is_broadcast"`
	Coalescing bool            `json:"is_coalescing"`
	Original   string          `json:"original_msg_id"`
	Label      json.RawMessage `json:"label"`
}

// ReplyMetadata is what an engine says about a reply. Clients, hub and schedulers rely on every field being there.
type ReplyMetadata struct {
	RequestMetadata
	Started         string      `json:"started"` // as wire.Date writes it
	Status          string      `json:"status"`
	Engine          string      `json:"engine"` // its uuid
	DependenciesMet bool        `json:"dependencies_met"`
	Info            *EngineInfo `json:"engine_info,omitempty"` // of failures
	Silent          bool        `json:"silent,omitempty"`      // nothing was published but states, so that nobody need wait for it; only Warren's engines know
}

// Strings is a list of strings that a lone string, and null, stand for as well.
type Strings []string

// UnmarshalJSON takes a list, a string or null.
func (s *Strings) UnmarshalJSON(text []byte) error {
	var one *string
	if err := json.Unmarshal(text, &one); err == nil {
		*s = nil
		if one != nil {
			*s = Strings{*one}
		}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(s))
}

// Topic is the first frame of what an engine publishes, such as "engine.3.stdout".
func Topic(engine int, kind string) string { return "engine." + strconv.Itoa(engine) + "." + kind }
